#include "qsweep/plan/cost.hpp"

#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

Network network_of(const std::string& zoo) {
  SmallFacts facts;
  ModelChoice choice;
  choice.zoo = zoo;
  return Network(facts.model(choice, {}));
}

Cost cost_of(const Network& network, const std::vector<SiteGroup>& groups) {
  return qsweep::cost_of(network, groups, small_catalog());
}

SiteGroup group(int bits, std::vector<int> sites, const Json& more = Json::object()) {
  SiteGroup made;
  made.quantizer = {{"quantizer", "uniform"}, {"bits", bits}};
  made.quantizer.update(more);
  made.sites = std::move(sites);
  return made;
}

}  // namespace

TEST_CASE("a float network costs 4 bytes a parameter and 32 x 32 operations a MAC", "[plan]") {
  const Cost cost = cost_of(network_of("residual"), {});
  CHECK(cost.weight_bits == 32);
  CHECK(cost.output_bits == 32);
  CHECK(cost.size_bytes == 302 * 4);
  CHECK(cost.macs == 6912 + 9216 + 40);
  CHECK(cost.bops == 16168 * 1024);
}

TEST_CASE("the work of a trial counts every image, and a step of training three times", "[plan]") {
  const auto plan = plan_of(R"(qsweep: 1
name: work
evaluate: {limit: 40}
calibrate: {images: 30}
finetune: {epochs: 2}
policies:
  all: [{type: [Conv2d, Linear], weight: {quantizer: uniform, bits: $w}, output: {quantizer: uniform, bits: 8}}]
matrix: {model: [residual], policy: [all], w: [4]}
)");
  REQUIRE(plan->trial_count() == 2);
  CHECK(plan->cost(0).trial_macs == 16168.0 * 40);
  CHECK(plan->cost(1).trial_macs == 16168.0 * (30 + 40 + 2 * (3 * 100 + 40)));
}

TEST_CASE("an input has the bits of what made it, and the image 32", "[plan]") {
  // Weights at 4 bits; outputs of relu (4) and pool (12) at 8.
  const Cost cost = cost_of(network_of("residual"), {group(4, {1, 6, 14}), group(8, {4, 12})});
  CHECK(cost.bops == 6912 * 4 * 32 + 9216 * 4 * 8 + 40 * 4 * 8);
  CHECK(cost.weight_bits == 4);
  // Elements of the outputs: conv1, relu, conv2, add 256 each, pool 4, fc 10.
  CHECK(cost.output_bits == Approx((260.0 * 8 + 778.0 * 32) / 1038));
  // 108, 144 and 40 weights at 4 bits with a scale each, and 10 biases.
  CHECK(cost.size_bytes == 54 + 72 + 20 + 3 * 4 + 10 * 4);
}

TEST_CASE("a nonlinearity left in float makes a float input", "[plan]") {
  // conv1's output (2) at 8 bits, relu in float: conv2 multiplies 32 bits.
  const Cost cost = cost_of(network_of("residual"), {group(8, {2})});
  CHECK(cost.bops == 16168 * 1024);
}

TEST_CASE("a layer's own input quantizer counts before its maker's", "[plan]") {
  const Cost cost = cost_of(network_of("residual"), {group(8, {4}), group(2, {5})});
  CHECK(cost.bops == 6912 * 1024 + 9216 * 32 * 2 + 40 * 1024);
}

TEST_CASE("of several makers the widest counts", "[plan]") {
  SmallFacts facts;
  ModelChoice choice;
  choice.zoo = "residual";
  ModelFacts model = facts.model(choice, {});
  model.layers[5].sources = {{1, 2}};  // a concatenation of relu and conv2
  const Cost cost = cost_of(Network(model), {group(8, {4}), group(2, {7})});
  CHECK(cost.bops == 6912 * 1024 + 9216 * 32 * 8 + 40 * 32 * 8);
}

TEST_CASE("a product of two activations multiplies the bits of both", "[plan]") {
  // embed's output (2) at 8 bits, softmax's (7) at 4. Sites: embed 0-2, scores 3-5, softmax 6-7,
  // mix 8-10, head 11-13.
  const Cost cost = cost_of(network_of("attention"), {group(8, {2}), group(4, {7})});
  CHECK(cost.bops == 96 * 1024 + 72 * 8 * 8 + 72 * 4 * 8 + 240 * 1024);
}

TEST_CASE("scales and zero points are stored beside the codes, whole bytes per tensor", "[plan]") {
  const auto size_with = [](int bits, const Json& more) {
    return cost_of(network_of("residual"), {group(bits, {14}, more)}).size_bytes - (302 - 40) * 4;
  };
  CHECK(size_with(8, {{"granularity", "per_tensor"}, {"symmetric", true}}) == 40 + 4);
  CHECK(size_with(8, {{"granularity", "per_tensor"}, {"symmetric", false}}) == 40 + 8);
  CHECK(size_with(8, {{"granularity", "per_channel"}, {"symmetric", true}}) == 40 + 40);
  CHECK(size_with(3, {{"granularity", "per_channel"}, {"symmetric", false}}) == 15 + 80);
  CHECK(size_with(1, {{"quantizer", "sign"}, {"scale", "none"}}) == 5);
  CHECK(size_with(1, {{"quantizer", "sign"}, {"scale", "mean_abs"}}) == 5 + 4);
  // 108 weights at 3 bits are 40.5 bytes.
  CHECK(cost_of(network_of("residual"), {group(3, {1})}).size_bytes == 41 + 4 + (302 - 108) * 4);
}

TEST_CASE("scales of groups and blocks are counted along the axis that they share", "[plan]") {
  // conv2's weight is 4 x 4 x 3 x 3: 36 weights a channel, 4 input channels.
  const auto size_with = [](const Json& parameters) {
    const Cost cost = cost_of(network_of("residual"), {group(4, {6}, parameters)});
    return cost.size_bytes - (302 - 144) * 4 - 72;
  };
  const auto grouped = [&](int length, bool learned) {
    return size_with({{"quantizer", "grouped"},
                      {"granularity", "per_group"},
                      {"group", length},
                      {"learned", learned}});
  };
  CHECK(grouped(36, false) == 4 * 4);
  CHECK(grouped(16, false) == 4 * 3 * 4);
  CHECK(grouped(16, true) == 4 * 3 * 8);
  const auto blocks = [&](int length, const std::string& axis) {
    return size_with(
        {{"quantizer", "blocks"}, {"format", "block4"}, {"block", length}, {"axis", axis}});
  };
  CHECK(blocks(4, "channels") == 36 + 4);
  CHECK(blocks(3, "channels") == 72 + 4);
  CHECK(blocks(2, "last") == 96 + 4);
}

TEST_CASE("a weight that two calls share is stored once", "[plan]") {
  SmallFacts facts;
  ModelChoice choice;
  choice.zoo = "residual";
  ModelFacts model = facts.model(choice, {});
  model.layers[2].weight_name = model.layers[0].weight_name;
  model.layers[2].weight_shape = model.layers[0].weight_shape;
  model.parameters = 108 + 50;
  const Cost cost = cost_of(Network(model), {group(8, {1, 6})});
  CHECK(cost.size_bytes == 108 + 4 + 50 * 4);
  CHECK(cost.weight_bits == Approx((108.0 * 8 + 40 * 32) / 148));
}

TEST_CASE("BOPs are those that papers count for ResNet-20 at b bits", "[plan]") {
  // Its MACs as one convolution behind a quantized image: 40,551,040 x b x b.
  Layer image;
  image.output_shape = {1};
  image.sources = {{-1}};
  Layer convolution = residual_layers()[0];
  convolution.sources = {{0}};
  convolution.macs = 40551040;
  ModelFacts facts;
  facts.layers = {image, convolution};
  const Network network(facts);
  CHECK(cost_of(network, {}).bops == 41524264960);
  CHECK(cost_of(network, {group(8, {1, 3})}).bops == 2595266560);
  CHECK(cost_of(network, {group(4, {1, 3})}).bops == 648816640);
}
