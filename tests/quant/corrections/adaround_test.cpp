#include "quant/corrections/corrected.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using namespace qsweep::test;
using torch::Tensor;

namespace {

using Names = std::vector<std::string>;

const Json kShort = {{"iterations", 200}, {"batch", 16}};

double error(const Tensor& output, const Tensor& expected) {
  return (output - expected).square().mean().item<double>();
}

Corrected quantized(std::unique_ptr<Model> model, const Json& weight, Tensor images) {
  const SiteGroup group = all_sites(*model, SiteKind::Weight, weight);
  return Corrected(std::move(model), {group}, std::move(images));
}

}  // namespace

TEST_CASE("weights that share their input are rounded so that their sum is right", "[quant]") {
  torch::manual_seed(9);
  // Both pixels are the same: 0.45 + 0.35 is nearer to 1 + 0 than to 0 + 0.
  const Tensor pixel = torch::randn({32, 1, 1, 1});
  Corrected net = quantized(TwoLinear::make(), uniform_weight(2), torch::cat({pixel, pixel}, 1));
  put(net.tensors("fc1").weight, {0.45F, 0.35F, 1, -1});  // the values are -1, 0 and 1
  CHECK(net.run("adaround", kShort) == Names{"fc1", "fc2"});
  const Tensor rounded = net.tensors("fc1").weight.detach();
  CHECK(rounded[0].sum().item<float>() == 1);
  CHECK(rounded[1].equal(torch::tensor({1.0F, -1.0F})));
}

TEST_CASE("every weight is one of the two values next to it, and the output is nearer to float's",
          "[quant]") {
  for (const char* granularity : {"per_tensor", "per_channel"}) {
    INFO(granularity);
    torch::manual_seed(10);
    Corrected net =
        quantized(NormNet::make(6), uniform_weight(3, granularity), torch::randn({64, 2, 6, 6}));
    const Tensor expected = net.float_logits();
    const double nearest = error(net.quantized_logits(), expected);
    const Tensor before = net.tensors("conv2").weight.detach().clone();
    net.run("adaround", kShort);
    CHECK(error(net.quantized_logits(), expected) < 0.9 * nearest);

    // 3 bits, narrow: steps of a third of the largest.
    const Tensor after = net.tensors("conv2").weight.detach();
    const Tensor largest = std::string(granularity) == "per_tensor"
                               ? before.abs().max()
                               : before.abs().amax({1, 2, 3}, /*keepdim=*/true);
    const Tensor moved = (after - before).abs() / (largest / 3);
    CHECK(moved.max().item<double>() < 1.001);
    const Tensor steps = after / (largest / 3);
    CHECK(torch::allclose(steps, steps.round(), 0, 1e-4));
    CHECK((moved > 0.501).any().item<bool>());  // not all to the nearest
  }
}

TEST_CASE("rounded weights are quantized to themselves until training begins", "[quant]") {
  torch::manual_seed(11);
  Json full = uniform_weight(3);
  full["narrow"] = false;  // its largest value is below the largest weight
  Corrected net = quantized(NormNet::make(5), full, torch::randn({16, 2, 5, 5}));
  net.run("adaround", kShort);
  const int site = net.graph.site(0, SiteKind::Weight);
  const Tensor weight = net.tensors("conv1").weight.detach();
  net.binding.begin_evaluation();
  CHECK(net.binding.apply(site, weight).equal(weight));
  net.binding.begin_training({});
  net.binding.begin_evaluation();
  CHECK_FALSE(net.binding.apply(site, weight).equal(weight));
}

TEST_CASE("gradients of the parameters are none of the rounding's", "[quant]") {
  torch::manual_seed(12);
  Corrected net = quantized(TwoLinear::make(), uniform_weight(2), torch::randn({8, 2, 1, 1}));
  net.run("adaround", {{"iterations", 3}, {"batch", 4}});
  for (const auto& [name, parameter] : net.model->parameters()) {
    INFO(name);
    CHECK_FALSE(parameter.grad().defined());
  }
}

TEST_CASE("rounding is the same again for the same seed", "[quant]") {
  const auto rounded = [] {
    torch::manual_seed(13);
    Corrected net = quantized(NormNet::make(4), uniform_weight(2), torch::randn({16, 2, 4, 4}));
    net.run("adaround", kShort);
    return net.tensors("conv2").weight.detach().clone();
  };
  CHECK(rounded().equal(rounded()));
}

TEST_CASE("weights of other quantizers are left alone", "[quant]") {
  const Json sign = {{"quantizer", "sign"},
                     {"bits", 1},
                     {"scale", "mean_abs"},
                     {"granularity", "per_tensor"},
                     {"calibrate", "minmax"}};
  Corrected net = quantized(TwoLinear::make(), sign, torch::randn({4, 2, 1, 1}));
  CHECK(net.run("adaround", kShort).empty());
}
