#include "qsweep/quant/quantizer.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

std::unique_ptr<Quantizer> pact(int bits, double alpha) {
  return make_quantizer({{"quantizer", "pact"}, {"bits", bits}, {"alpha", alpha}}, {});
}

Tensor pact_alpha(const Quantizer& quantizer) {
  return quantizer.parameters().at(0).second;
}

}  // namespace

TEST_CASE("pact: values computed by hand", "[quant]") {
  // 2 bits to alpha = 6: 0, 2, 4, 6.
  const Tensor x = torch::tensor({-5.0F, 0.9F, 1.0F, 1.1F, 3.0F, 4.9F, 5.1F, 6.0F, 7.0F});
  CHECK(pact(2, 6.0)->quantize(x).values.equal(
      torch::tensor({0.0F, 0.0F, 0.0F, 2.0F, 4.0F, 4.0F, 6.0F, 6.0F, 6.0F})));
  CHECK(pact(1, 6.0)
            ->quantize(torch::tensor({2.9F, 3.1F}))
            .values.equal(torch::tensor({0.0F, 6.0F})));
  CHECK(pact(2, 6.0)->range_text() == "[0, 6]");
}

TEST_CASE("pact: gradients computed by hand, inside, beyond and at the edges", "[quant]") {
  const auto quantizer = pact(4, 6.0);
  const Tensor x = torch::tensor({-1.0F, 0.0F, 3.0F, 5.99F, 6.0F, 9.0F}).requires_grad_(true);
  quantizer->quantize(x).values.backward(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}));
  CHECK(x.grad().equal(torch::tensor({0.0F, 2.0F, 3.0F, 4.0F, 0.0F, 0.0F})));
  CHECK(pact_alpha(*quantizer).grad().item<float>() == 11.0F);
}

TEST_CASE("pact: gradients are the finite differences of the clip", "[quant]") {
  torch::manual_seed(2);
  const Tensor x = torch::randn({500}, torch::kDouble) * 3;
  const Tensor g = torch::randn({500}, torch::kDouble);
  const auto loss = [&](double alpha) { return (g * x.clamp(0, alpha)).sum().item<double>(); };
  const double by_differences = (loss(2 + 1e-6) - loss(2 - 1e-6)) / 2e-6;
  const auto quantizer = pact(3, 2.0);
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    pact_alpha(*quantizer).mutable_grad() = Tensor();
    (quantizer->quantize(x.to(type)).values * g.to(type)).sum().backward();
    CHECK(pact_alpha(*quantizer).grad().item<double>() == Approx(by_differences).epsilon(1e-4));
  }
}

TEST_CASE("pact: alpha starts where the parameter says, or at the calibrated end", "[quant]") {
  CHECK(pact(4, 10.0)->range_use() == Quantizer::RangeUse::None);
  CHECK(pact_alpha(*pact(4, 10.0)).item<float>() == 10.0F);
  const auto quantizer = pact(4, 0.0);
  CHECK(quantizer->range_use() == Quantizer::RangeUse::Starts);
  quantizer->set_range({torch::tensor(-1.0F), torch::tensor(2.5F)});
  CHECK(pact_alpha(*quantizer).item<float>() == 2.5F);
  CHECK_FALSE(quantizer->zero_width());
  quantizer->set_range({torch::tensor(-1.0F), torch::tensor(0.0F)});
  CHECK(quantizer->zero_width());
}

TEST_CASE("pact: an alpha that falls below zero is raised", "[quant]") {
  const auto quantizer = pact(4, 1.0);
  pact_alpha(*quantizer).data().fill_(-0.89F);  // as in a published checkpoint
  Tensor none;
  quantizer->after_step(none);
  CHECK(pact_alpha(*quantizer).item<float>() == std::numeric_limits<float>::epsilon());
  CHECK(torch::isfinite(quantizer->quantize(torch::randn({100})).values).all().item<bool>());
}

TEST_CASE("pact: at most 2^bits levels, idempotent, monotone", "[quant]") {
  torch::manual_seed(5);
  const Tensor x = std::get<0>((torch::randn({20000}) * 3).sort());
  for (int bits = 1; bits <= 8; ++bits) {
    const auto quantizer = pact(bits, 3.7);
    const Tensor y = quantizer->quantize(x).values.detach();
    CHECK(std::get<0>(at::_unique(y)).numel() == (int64_t{1} << bits));
    CHECK(quantizer->quantize(y).values.equal(y));
    CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
  }
}

TEST_CASE("pact: edge values", "[quant]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor x = torch::tensor({infinity, -infinity, 1e-40F, -0.0F, 1e38F});
  const Quantized result = pact(2, 3.0)->quantize(x);
  CHECK_FALSE(result.finite);
  CHECK(result.values.equal(torch::tensor({3.0F, 0.0F, 0.0F, 0.0F, 3.0F})));
}
