#include "qsweep/quant/kernels/dorefa_cuts.hpp"
#include "qsweep/quant/kernels/dorefa_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

std::unique_ptr<Quantizer> weight_quantizer(int bits,
                                            bool rescale,
                                            const std::string& gradient = "tanh") {
  return make_quantizer(
      {{"quantizer", "dorefa"}, {"bits", bits}, {"rescale", rescale}, {"gradient", gradient}},
      {0, 4, SiteKind::Weight});
}

std::unique_ptr<Quantizer> activation(int bits) {
  return make_quantizer(
      {{"quantizer", "dorefa"}, {"bits", bits}, {"rescale", true}, {"gradient", "tanh"}}, {});
}

// The paper's formula, in double.
Tensor formula(const Tensor& w, int bits, bool rescale) {
  const Tensor t = w.to(torch::kDouble).tanh();
  const Tensor largest = t.abs().max();
  const double n = std::pow(2.0, bits) - 1;
  const Tensor q = 2 * ((t / (2 * largest) + 0.5) * n).round() / n - 1;
  return rescale ? q * largest : q;
}

}  // namespace

TEST_CASE("dorefa's tanh is std::tanh to a few units in the last place", "[quant]") {
  const auto worst = [](kernels::TanhRange range, float end) {
    constexpr int kPlaces = 120000;
    double most = 0;
    for (int i = -kPlaces; i <= kPlaces; ++i) {
      const float x = static_cast<float>(i) / kPlaces * end;
      const double exact = std::tanh(static_cast<double>(x));
      const double error = std::abs(static_cast<double>(kernels::tanh(x, range)) - exact);
      most = std::max(most, error / std::max(std::abs(exact), 1e-30));
    }
    return most;
  };
  CHECK(worst(kernels::TanhRange::Any, 12.0F) < 3e-7);
  CHECK(worst(kernels::TanhRange::Any, 1.0F) < 3e-7);
  CHECK(worst(kernels::TanhRange::One, 1.0F) < 2e-7);
  CHECK(kernels::tanh(1e-30F, kernels::TanhRange::Any) == Approx(1e-30F));
  CHECK(kernels::tanh(1e-30F, kernels::TanhRange::One) == 1e-30F);
  CHECK(kernels::tanh_range(1.0F) == kernels::TanhRange::One);
  CHECK(kernels::tanh_range(1.0001F) == kernels::TanhRange::Any);
}

TEST_CASE("dorefa: each weight's code is the nearest to its exact place", "[quant]") {
  constexpr int kCount = 40001;
  for (const float end : {0.05F, 1.0F, 4.0F, 20.0F}) {
    const Tensor w = torch::linspace(-end, end, kCount);
    const double largest = std::tanh(static_cast<double>(end));
    for (const int bits : {2, 4, 8}) {
      const double top = std::pow(2.0, bits) - 1;
      const Tensor place = (w.to(torch::kDouble).tanh() / largest + 1) * (top / 2);
      const Tensor code =
          (weight_quantizer(bits, false)->quantize(w).values.to(torch::kDouble) + 1) * top / 2;
      CHECK((code - code.round()).abs().max().item<double>() < 1e-4);
      // Half a step, and what tanh may be off.
      CHECK((code.round() - place).abs().max().item<double>() < 0.5 + 3e-7 * top);
    }
  }
}

TEST_CASE("dorefa: a code of few bits changes at the very float where its place does", "[quant]") {
  for (const float end : {0.003F, 0.5F, 0.99F, 1.5F, 3.0F, 30.0F}) {
    const double largest = std::tanh(static_cast<double>(end));
    for (int bits = 2; bits <= kernels::DorefaCuts::kMostBits; ++bits) {
      const double middle = (std::pow(2.0, bits) - 1) / 2;
      std::vector<float> around{end};
      for (int code = 1; code < middle; ++code) {
        const auto cut = static_cast<float>(std::atanh(code / middle * largest));
        around.push_back(std::nextafter(cut, 0.0F));
        around.push_back(cut);
        around.push_back(std::nextafter(cut, 100.0F));
      }
      Tensor w = torch::tensor(around);
      w = torch::cat({w, -w});
      const Tensor place = w.to(torch::kDouble).tanh() / largest * middle;
      const Tensor expected = (place.abs().floor() + 0.5).clamp_max(middle) * place.sign() / middle;
      const Tensor y = weight_quantizer(bits, false)->quantize(w.clone()).values;
      CHECK((y.to(torch::kDouble) - expected).abs().max().item<double>() < 1e-6);
    }
  }
}

TEST_CASE("dorefa: few bits give the same one by one as many at once", "[quant]") {
  torch::manual_seed(3);
  for (const float size : {0.05F, 0.7F, 4.0F}) {
    const Tensor w = torch::cat({torch::randn({1000}) * size, torch::zeros({17})});
    const float* x = w.data_ptr<float>();
    const double largest = std::tanh(w.abs().max().item<double>());
    for (int bits = 2; bits <= kernels::DorefaCuts::kMostBits; ++bits) {
      const kernels::DorefaCuts cuts = kernels::dorefa_cuts(bits, largest);
      const Tensor at_once = torch::empty_like(w);
      const Tensor alone = torch::empty_like(w);
      CHECK(kernels::dorefa(x, at_once.data_ptr<float>(), w.numel(), cuts, 0.125F));
      for (int64_t i = 0; i < w.numel(); ++i) {
        kernels::dorefa(x + i, alone.data_ptr<float>() + i, 1, cuts, 0.125F);
      }
      CHECK(at_once.equal(alone));
    }
  }
}

TEST_CASE("dorefa: zero of either sign goes up, to the lowest positive level", "[quant]") {
  for (int bits = 2; bits <= 8; ++bits) {
    Tensor w = torch::full({40}, -0.0F);
    w[7] = 0.0F;
    w[20] = 0.9F;
    const Tensor y = weight_quantizer(bits, false)->quantize(w).values;
    const float lowest = static_cast<float>(1 / (std::pow(2.0, bits) - 1));
    CHECK(y[0].item<float>() == Approx(lowest));
    CHECK(y[7].item<float>() == Approx(lowest));
    CHECK(y[39].item<float>() == Approx(lowest));
    CHECK(y[20].item<float>() == 1.0F);
  }
}

TEST_CASE("dorefa: activations computed by hand", "[quant]") {
  // 2 bits: 0, 1/3, 2/3, 1; one half of an odd number of steps goes to the even code.
  const Tensor x = torch::tensor({-1.0F, 0.16F, 0.17F, 0.5F, 0.8F, 0.9F, 1.0F, 7.0F});
  const float third = 1.0F / 3.0F;
  CHECK(activation(2)->quantize(x).values.equal(
      torch::tensor({0.0F, 0.0F, third, 2 * third, 2 * third, 1.0F, 1.0F, 1.0F})));
  CHECK(activation(1)
            ->quantize(torch::tensor({0.5F, 0.51F}))
            .values.equal(torch::tensor({0.0F, 1.0F})));
}

TEST_CASE("dorefa: the gradient of activations is 1 on [0, 1], edges included", "[quant]") {
  const Tensor x = torch::tensor({-0.1F, 0.0F, 0.5F, 1.0F, 1.0001F}).requires_grad_(true);
  activation(3)->quantize(x).values.backward(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F}));
  CHECK(x.grad().equal(torch::tensor({0.0F, 2.0F, 3.0F, 4.0F, 0.0F})));
}

TEST_CASE("dorefa: activations have 2^bits levels from 0 to 1, idempotent, monotone", "[quant]") {
  const Tensor x = torch::linspace(-0.5, 1.5, 20001);
  for (int bits = 1; bits <= 8; ++bits) {
    const Tensor y = activation(bits)->quantize(x).values;
    CHECK(std::get<0>(at::_unique(y)).numel() == (int64_t{1} << bits));
    CHECK(y.max().item<float>() == 1.0F);
    CHECK(activation(bits)->quantize(y).values.equal(y));
    CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
  }
}

TEST_CASE("dorefa: weights computed by hand, 2 bits", "[quant]") {
  // tanh(w) = -0.8, -0.2, 0, 0.3, 0.8; over 2 * 0.8 and + 1/2: 0, 0.375, 0.5, 0.6875, 1; times 3:
  // 0, 1.125, 1.5, 2.06, 3, rounded 0, 1, 2, 2, 3; so -1, -1/3, 1/3, 1/3, 1.
  const Tensor w = torch::tensor({-0.8, -0.2, 0.0, 0.3, 0.8}).atanh().to(torch::kFloat);
  const Tensor expected = torch::tensor({-3.0F, -1.0F, 1.0F, 1.0F, 3.0F}) / 3;
  CHECK(weight_quantizer(2, false)->quantize(w).values.allclose(expected, 1e-6, 1e-7));
  CHECK(weight_quantizer(2, true)->quantize(w).values.allclose(expected * 0.8F, 1e-6, 1e-7));
}

TEST_CASE("dorefa: weights are the paper's formula", "[quant]") {
  torch::manual_seed(1);
  for (const float size : {0.02F, 0.3F, 3.0F}) {
    const Tensor w = torch::randn({5000}) * size;
    for (int bits = 2; bits <= 8; ++bits) {
      for (const bool rescale : {true, false}) {
        const Tensor y = weight_quantizer(bits, rescale)->quantize(w).values.to(torch::kDouble);
        const Tensor z = formula(w, bits, rescale);
        const double differ = ((y - z).abs() > 1e-6).to(torch::kDouble).mean().item<double>();
        CHECK(differ < 2e-3);  // at the middles between levels
      }
    }
  }
}

TEST_CASE("dorefa: the gradient of weights passes through tanh, or not", "[quant]") {
  const Tensor values = torch::tensor({-1.2F, 0.1F, 0.0F, 0.5F});
  const Tensor g = torch::tensor({1.0F, 2.0F, 3.0F, 4.0F});
  const double largest = std::tanh(1.2);
  const Tensor slope = 1 - values.tanh().square();
  for (const bool rescale : {true, false}) {
    const Tensor through = values.clone().requires_grad_(true);
    weight_quantizer(3, rescale)->quantize(through).values.backward(g);
    CHECK(through.grad().allclose(g * slope / (rescale ? 1 : largest), 1e-5, 1e-6));
    const Tensor past = values.clone().requires_grad_(true);
    weight_quantizer(3, rescale, "identity")->quantize(past).values.backward(g);
    CHECK(past.grad().equal(g));
  }
}

TEST_CASE("dorefa: 1 bit weights are sign(w) mean|w|, and pass the gradient on", "[quant]") {
  const Tensor w = torch::tensor({{1.0F, -3.0F}, {0.0F, -0.5F}}).requires_grad_(true);
  const Tensor y = weight_quantizer(1, true)->quantize(w).values;
  CHECK(y.equal(torch::tensor({{1.125F, -1.125F}, {1.125F, -1.125F}})));
  const Tensor g = torch::tensor({{1.0F, 2.0F}, {3.0F, 4.0F}});
  y.backward(g);
  CHECK(w.grad().equal(g));
}

TEST_CASE("dorefa: weights are monotone, symmetric, and have no zero", "[quant]") {
  const Tensor w = torch::linspace(-0.9, 0.9, 4001);
  for (int bits = 2; bits <= 8; ++bits) {
    const auto quantizer = weight_quantizer(bits, true);
    const Tensor y = quantizer->quantize(w).values;
    const Tensor levels = std::get<0>(std::get<0>(at::_unique(y)).sort());
    CHECK(levels.numel() == (int64_t{1} << bits));
    CHECK(levels.equal(-levels.flip(0)));
    CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
    CHECK(quantizer->codes(levels).equal(torch::arange(levels.numel())));
    CHECK((quantizer->codes(levels * 1.01F) == -1).all().item<bool>());
  }
}

TEST_CASE("dorefa: edge values", "[quant]") {
  const Tensor zeros = torch::zeros({4});
  const auto quantizer = weight_quantizer(4, true);
  CHECK(torch::isfinite(quantizer->quantize(zeros).values).all().item<bool>());
  CHECK(quantizer->zero_width());
  CHECK(weight_quantizer(1, true)->quantize(zeros).values.equal(zeros));
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK_FALSE(weight_quantizer(4, true)->quantize(torch::tensor({1.0F, infinity})).finite);
  CHECK_FALSE(weight_quantizer(1, true)->quantize(torch::tensor({1.0F, -infinity})).finite);
  const Quantized result = activation(2)->quantize(torch::tensor({infinity, -infinity, 1e-40F}));
  CHECK_FALSE(result.finite);
  CHECK(result.values.equal(torch::tensor({1.0F, 0.0F, 0.0F})));
}
