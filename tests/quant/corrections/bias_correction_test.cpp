#include "quant/corrections/corrected.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using namespace qsweep::test;
using torch::Tensor;

namespace {

using Names = std::vector<std::string>;

SiteGroup weight_of(const Model& model, const std::string& layer, Json quantizer) {
  SiteGroup group = all_sites(model, SiteKind::Weight, std::move(quantizer));
  const std::vector<Site> sites = sites_of(model.layers());
  std::vector<int> kept;
  for (const int site : group.sites) {
    const int number = sites[static_cast<size_t>(site)].layer;
    if (model.layers()[static_cast<size_t>(number)].name == layer) {
      kept.push_back(site);
    }
  }
  group.sites = kept;
  return group;
}

}  // namespace

TEST_CASE("bias correction takes back what rounding a weight shifts", "[quant]") {
  auto model = TwoLinear::make();
  const SiteGroup group = weight_of(*model, "fc1", uniform_weight(2));
  // The means of the two pixels are 3 and 1.
  Corrected net(std::move(model), {group}, numbers({2, 0, 4, 2}, {2, 2, 1, 1}));
  put(net.tensors("fc1").weight, {1, 0.4F, 0, 1});  // 0.4 becomes 0
  put(net.tensors("fc1").bias, {5, 7});
  put(net.tensors("fc2").weight, {1, 1});
  put(net.tensors("fc2").bias, {0});
  CHECK(net.run("bias_correction") == Names{"fc1", "fc2"});
  CHECK(torch::allclose(net.tensors("fc1").bias, torch::tensor({5 + 0.4F * 1, 7.0F})));
  // Its outputs are positive: behind the ReLU nothing is left to correct.
  CHECK(torch::allclose(net.tensors("fc2").bias, torch::tensor({0.0F}), 1e-5, 1e-5));
}

TEST_CASE("each layer is corrected behind the corrected ones", "[quant]") {
  torch::manual_seed(6);
  auto model = NormNet::make(6);
  const SiteGroup group = all_sites(*model, SiteKind::Weight, uniform_weight(2));
  Corrected net(std::move(model), {group}, torch::randn({16, 2, 6, 6}) + 1);
  const Tensor expected = net.float_logits().view({16, 2, 36}).mean(std::vector<int64_t>{0, 2});
  const Tensor shifted = net.quantized_logits().view({16, 2, 36}).mean(std::vector<int64_t>{0, 2});
  CHECK_FALSE(torch::allclose(shifted, expected, 1e-2, 1e-2));
  CHECK(net.run("bias_correction") == Names{"conv1", "conv2"});
  const Tensor corrected = net.quantized_logits().view({16, 2, 36}).mean(std::vector<int64_t>{0, 2});
  CHECK(torch::allclose(corrected, expected, 1e-4, 1e-5));
  CHECK(net.tensors("conv1").bias.defined());
  CHECK(net.tensors("conv1").bias.is_leaf());
}

TEST_CASE("without anything quantized before them, layers keep their biases", "[quant]") {
  auto model = TwoLinear::make();
  const SiteGroup group = weight_of(*model, "fc2", uniform_weight(2));
  Corrected net(std::move(model), {group}, torch::randn({4, 2, 1, 1}));
  const Tensor bias = net.tensors("fc1").bias.detach().clone();
  CHECK(net.run("bias_correction") == Names{"fc2"});
  CHECK(net.tensors("fc1").bias.equal(bias));
  Corrected plain(TwoLinear::make(), {}, torch::randn({4, 2, 1, 1}));
  CHECK(plain.run("bias_correction").empty());
}

TEST_CASE("what earlier corrections have done to the network is no part of what it aims at",
          "[quant]") {
  torch::manual_seed(8);
  auto model = NormNet::make(6);
  const SiteGroup group = all_sites(*model, SiteKind::Weight, uniform_weight(2));
  Corrected net(std::move(model), {group}, torch::randn({16, 2, 6, 6}) + 1);
  const Tensor expected = net.float_logits().view({16, 2, 36}).mean(std::vector<int64_t>{0, 2});
  net.run("reestimate_batchnorm");
  CHECK_FALSE(
      torch::allclose(net.float_logits().view({16, 2, 36}).mean(std::vector<int64_t>{0, 2}), expected, 1e-2, 1e-2));
  net.run("bias_correction");
  const Tensor convolved = net.quantized_logits().view({16, 2, 36}).mean(std::vector<int64_t>{0, 2});
  // The last convolution has its mean back; bn2 goes by what it saw before.
  const LayerTensors norm = net.tensors("bn2");
  const Tensor before_norm = convolved * (norm.variance + norm.eps).sqrt() + norm.mean;
  const Tensor expected_before = expected * std::sqrt(1 + norm.eps);
  CHECK(torch::allclose(before_norm, expected_before, 1e-3, 1e-4));
}
