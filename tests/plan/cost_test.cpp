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
  CHECK(size_with(1, {{"scale", "none"}}) == 5);
  // 10 channels of 4 weights, in groups of 3: two groups each.
  CHECK(size_with(4, {{"granularity", "per_group"}, {"group", 3}}) == 20 + 80);
  CHECK(size_with(2, {{"method", "ttq"}}) == 10 + 8);
  // 108 weights at 3 bits are 40.5 bytes.
  CHECK(cost_of(network_of("residual"), {group(3, {1})}).size_bytes == 41 + 4 + (302 - 108) * 4);
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
