#include "qsweep/quant/quantizer.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

std::unique_ptr<Quantizer> sign(const std::string& scale,
                                const std::string& granularity = "per_tensor",
                                SiteShape shape = {0, 2}) {
  return make_quantizer({{"quantizer", "sign"}, {"scale", scale}, {"granularity", granularity}},
                        shape);
}

}  // namespace

TEST_CASE("sign: two values, and zero counts as positive", "[quant]") {
  const Tensor x = torch::tensor({-2.0F, -1e-30F, -0.0F, 0.0F, 1e-30F, 5.0F});
  const Tensor y = sign("none")->quantize(x).values;
  CHECK(y.equal(torch::tensor({-1.0F, -1.0F, 1.0F, 1.0F, 1.0F, 1.0F})));
}

TEST_CASE("sign: the gradient is that of a hard tanh, edges included", "[quant]") {
  const Tensor x = torch::tensor({-1.5F, -1.0F, -0.5F, 0.0F, 1.0F, 1.0001F}).requires_grad_(true);
  sign("none")->quantize(x).values.backward(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}));
  CHECK(x.grad().equal(torch::tensor({0.0F, 2.0F, 3.0F, 4.0F, 5.0F, 0.0F})));
}

TEST_CASE("sign with mean_abs: the values are the mean of |w|", "[quant]") {
  const Tensor w = torch::tensor({{1.0F, -3.0F}, {0.5F, 0.5F}});
  CHECK(
      sign("mean_abs")->quantize(w).values.equal(torch::tensor({{1.25F, -1.25F}, {1.25F, 1.25F}})));
  CHECK(sign("mean_abs", "per_channel")
            ->quantize(w)
            .values.equal(torch::tensor({{2.0F, -2.0F}, {0.5F, 0.5F}})));
}

TEST_CASE("sign with mean_abs: the gradient is XNOR-Net's", "[quant]") {
  // a g 1[|w|<=1] + sign(w) mean(g sign(w)), by hand: w = (0.5, -2), g = (3, 1), a = 1.25,
  // mean(g sign(w)) = (3 - 1) / 2 = 1.
  const Tensor w = torch::tensor({0.5F, -2.0F}).requires_grad_(true);
  sign("mean_abs", "per_tensor", {0, 1})->quantize(w).values.backward(torch::tensor({3.0F, 1.0F}));
  CHECK(w.grad().equal(torch::tensor({1.25F * 3 + 1, -1.0F})));
}

TEST_CASE("sign: NaN is noticed", "[quant]") {
  CHECK(sign("none")->quantize(torch::ones({5})).finite);
  CHECK_FALSE(sign("none")->quantize(torch::tensor({1.0F, std::nanf("")})).finite);
}
