#include "quant/corrections/corrected.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using namespace qsweep::test;
using torch::Tensor;

namespace {

using Names = std::vector<std::string>;

Corrected quantized(std::unique_ptr<Model> model, Tensor images) {
  const SiteGroup group = all_sites(*model, SiteKind::Weight, uniform_weight(2));
  return Corrected(std::move(model), {group}, std::move(images));
}

}  // namespace

TEST_CASE("a norm gets the statistics of what quantized weights give it", "[quant]") {
  Corrected net = quantized(NormNet::make(1), numbers({1, 5, 2, 5, 3, 5, 6, 9}, {4, 2, 1, 1}));
  put(net.tensors("conv1").weight, {1, 0.4F, 0, -1});  // 0.4 becomes 0
  CHECK(net.run("reestimate_batchnorm") == Names{"bn1", "bn2"});
  // conv1 makes (1, 2, 3, 6) and (-5, -5, -5, -9).
  CHECK(torch::allclose(net.tensors("bn1").mean, torch::tensor({3.0F, -6.0F})));
  CHECK(torch::allclose(net.tensors("bn1").variance, torch::tensor({14.0F / 3, 4.0F})));
  CHECK(net.tensors("conv1").weight.flatten()[1].item<float>() == 0.4F);
}

TEST_CASE("later norms see what earlier ones make with their new statistics", "[quant]") {
  torch::manual_seed(7);
  Corrected net = quantized(NormNet::make(6), 3 * torch::randn({12, 2, 6, 6}) + 2);
  net.run("reestimate_batchnorm");
  const Tensor logits = net.quantized_logits().view({12, 2, 36});
  const Tensor rows = logits.transpose(0, 1).reshape({2, -1});
  CHECK(torch::allclose(rows.mean(1), torch::zeros({2}), 1e-4, 1e-4));
  CHECK(torch::allclose(rows.var(1), torch::ones({2}), 1e-2, 1e-2));  // eps
  CHECK_FALSE(torch::allclose(
      net.float_logits().view({12, 2, 36}).mean(std::vector<int64_t>{0, 2}), torch::zeros({2}), 1e-2, 1e-2));
}

TEST_CASE("folded norms have no statistics any more", "[quant]") {
  Corrected net = quantized(NormNet::make(4), torch::randn({4, 2, 4, 4}));
  net.run("fold_batchnorm");
  CHECK(net.run("reestimate_batchnorm").empty());
  Corrected plain(NormNet::make(4), {}, torch::randn({4, 2, 4, 4}));
  CHECK(plain.run("reestimate_batchnorm").empty());  // nothing is quantized
}
