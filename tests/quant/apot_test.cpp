#include "qsweep/core/error.hpp"
#include "qsweep/quant/apot_levels.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Json spec(int bits, double alpha, bool normalize, bool rescale) {
  return {{"quantizer", "apot"},
          {"bits", bits},
          {"alpha", alpha},
          {"normalize", normalize},
          {"rescale", rescale}};
}

std::unique_ptr<Quantizer> weight(int bits, double alpha, bool normalize, bool rescale = false) {
  return make_quantizer(spec(bits, alpha, normalize, rescale), {0, 4, SiteKind::Weight});
}

std::unique_ptr<Quantizer> activation(int bits, double alpha) {
  return make_quantizer(spec(bits, alpha, false, false), {1, 4, SiteKind::Output});
}

Tensor alpha_of(const Quantizer& quantizer) {
  return quantizer.parameters().at(0).second;
}

// The nearest of the levels by comparing with all of them, as the authors' code does.
Tensor nearest_of_all(const Tensor& t, const std::vector<float>& levels) {
  const Tensor values = torch::tensor(levels).to(torch::kDouble);
  const Tensor distance = (t.abs().unsqueeze(1) - values.unsqueeze(0)).abs();
  return values.index({distance.argmin(1)}) * t.sign();
}

}  // namespace

TEST_CASE("apot: the levels are those of the authors' code", "[quant]") {
  CHECK(apot_levels(1)->values == std::vector<float>{0, 1});
  CHECK(apot_levels(2)->values == std::vector<float>{0, 0.25F, 0.5F, 1});
  CHECK(apot_levels(3)->values == std::vector<float>{0, 0.1F, 0.2F, 0.3F, 0.4F, 0.6F, 0.8F, 1});
  std::vector<float> four;
  for (const int n : {0, 1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 33, 36, 48}) {
    four.push_back(static_cast<float>(n) / 48);
  }
  CHECK(apot_levels(4)->values == four);
  for (const int bits : {5, 6}) {
    const std::vector<float> values = apot_levels(bits)->values;
    CHECK(values.size() == size_t{1} << bits);
    CHECK(std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end());
  }
}

TEST_CASE("apot: values do not depend on how many there are", "[quant]") {
  // Registers are filled with whole numbers of elements; what is left over takes another way.
  torch::manual_seed(21);
  const Tensor x = torch::randn({67}) * 0.6F;
  for (int bits = 2; bits <= 6; ++bits) {
    for (const auto& quantizer : {weight(bits, 0.9, false), activation(bits, 0.9)}) {
      const Tensor all = quantizer->quantize(x).values;
      for (const int64_t count : {1, 15, 16, 17, 40}) {
        CHECK(
            quantizer->quantize(x.slice(0, 3, 3 + count)).values.equal(all.slice(0, 3, 3 + count)));
      }
      const Tensor fast = x.clone().requires_grad_(true);
      const Tensor slow = x.to(torch::kDouble).requires_grad_(true);
      quantizer->quantize(fast).values.square().sum().backward();
      const Tensor by_kernel = alpha_of(*quantizer).grad().clone();
      alpha_of(*quantizer).grad().zero_();
      quantizer->quantize(slow).values.square().sum().backward();
      CHECK(by_kernel.item<float>() ==
            Approx(alpha_of(*quantizer).grad().item<float>()).epsilon(1e-4));
      CHECK(torch::allclose(fast.grad(), slow.grad().to(torch::kFloat), 1e-5, 1e-6));
    }
  }
}

TEST_CASE("apot: values computed by hand", "[quant]") {
  // Of two levels the smaller: 0.125 and 0.75 are middles.
  const Tensor x = torch::tensor({-1.0F, 0.24F, 0.25F, 0.26F, 0.75F, 1.5F, 1.6F, 9.0F});
  CHECK(activation(2, 2.0)->quantize(x).values.equal(
      torch::tensor({0.0F, 0.0F, 0.0F, 0.5F, 0.5F, 1.0F, 2.0F, 2.0F})));
  const Tensor w = torch::tensor({-9.0F, -1.4F, -0.6F, -0.1F, 0.1F, 0.6F, 1.4F, 9.0F});
  CHECK(weight(3, 2.0, false)
            ->quantize(w)
            .values.equal(torch::tensor({-2.0F, -1.0F, -0.5F, 0.0F, 0.0F, 0.5F, 1.0F, 2.0F})));
  CHECK(weight(2, 2.0, false)
            ->quantize(w)
            .values.equal(torch::tensor({-2.0F, -2.0F, 0.0F, 0.0F, 0.0F, 0.0F, 2.0F, 2.0F})));
}

TEST_CASE("apot: the table finds the nearest level", "[quant]") {
  torch::manual_seed(1);
  const Tensor x = torch::rand({20000});
  for (int bits = 2; bits <= 6; ++bits) {
    const Tensor y = activation(bits, 1.0)->quantize(x).values.to(torch::kDouble);
    const Tensor z = nearest_of_all(x.to(torch::kDouble), apot_levels(bits)->values);
    CHECK(((y - z).abs() > 1e-6).to(torch::kDouble).mean().item<double>() < 1e-3);
  }
}

TEST_CASE("apot: the middle between two levels is the lower one's, whatever takes it", "[quant]") {
  // Neighbours fill registers; each alone takes another way.
  for (int bits = 2; bits <= 6; ++bits) {
    const std::shared_ptr<const ApotLevels> levels = apot_levels(bits);
    const Tensor middles = torch::tensor(levels->middles) / static_cast<float>(levels->places);
    const Tensor x = torch::cat({middles * (1 - 1e-5F), middles, middles * (1 + 1e-5F)});
    const auto quantizer = activation(bits, 1.0);
    const Tensor y = quantizer->quantize(torch::cat({x, torch::zeros({16})})).values;
    for (int64_t i = 0; i < x.numel(); ++i) {
      CHECK(quantizer->quantize(x.slice(0, i, i + 1)).values.equal(y.slice(0, i, i + 1)));
    }
    const int64_t count = middles.numel();
    const Tensor values = torch::tensor(levels->values);
    CHECK(y.slice(0, 0, count).equal(values.slice(0, 0, count)));
    CHECK(y.slice(0, 2 * count, 3 * count).equal(values.slice(0, 1, count + 1)));
  }
}

TEST_CASE("apot: weights are normalised, and brought back where rescale says so", "[quant]") {
  torch::manual_seed(2);
  const Tensor w = torch::randn({4, 500}) * 0.3F + 0.1F;
  const Tensor exact = w.to(torch::kDouble).reshape(-1);
  const Tensor mean = exact.mean();
  const Tensor deviation = exact.std();
  const Tensor t = ((exact - mean) / deviation / 3).clamp(-1, 1);
  const Tensor q = nearest_of_all(t, apot_levels(3)->values) * 3;
  const auto differ = [&](bool rescale, const Tensor& expected) {
    const Tensor y = weight(4, 3.0, true, rescale)->quantize(w).values.reshape(-1);
    return ((y.to(torch::kDouble) - expected).abs() > 1e-5)
        .to(torch::kDouble)
        .mean()
        .item<double>();
  };
  CHECK(differ(false, q) < 1e-3);
  CHECK(differ(true, q * deviation + mean) < 1e-3);
}

TEST_CASE("apot: gradients of activations computed by hand", "[quant]") {
  const auto quantizer = activation(2, 2.0);
  const Tensor x = torch::tensor({-1.0F, 0.0F, 0.75F, 1.6F, 2.0F, 5.0F}).requires_grad_(true);
  quantizer->quantize(x).values.backward(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}));
  CHECK(x.grad().equal(torch::tensor({0.0F, 2.0F, 3.0F, 4.0F, 5.0F, 0.0F})));
  // 3 (0.25 - 0.375) + 4 (1 - 0.8) + 5 (1 - 1) + 6
  CHECK(alpha_of(*quantizer).grad().item<float>() == Approx(-0.375F + 0.8F + 6.0F));
}

TEST_CASE("apot: the gradient of weights passes everywhere, over std without rescale", "[quant]") {
  torch::manual_seed(3);
  const Tensor values = torch::randn({200}) * 0.3F;
  const Tensor g = torch::randn({200});
  const Tensor plain = values.clone().requires_grad_(true);
  weight(4, 1.0, true, false)->quantize(plain).values.backward(g);
  CHECK(plain.grad().allclose(g / values.std(), 1e-4, 1e-5));
  const Tensor rescaled = values.clone().requires_grad_(true);
  weight(4, 1.0, true, true)->quantize(rescaled).values.backward(g);
  CHECK(rescaled.grad().allclose(g, 1e-5, 1e-6));
}

TEST_CASE("apot: alpha's gradient is the finite difference of the straight-through formula",
          "[quant]") {
  torch::manual_seed(4);
  const Tensor w = torch::randn({500}, torch::kDouble) * 0.2 + 0.02;
  const Tensor g = torch::randn({500}, torch::kDouble);
  const Tensor v = (w - w.mean()) / w.std();
  const Tensor t = (v / 2).clamp(-1, 1);
  const Tensor frozen = nearest_of_all(t, apot_levels(3)->values) - t;
  const auto loss = [&](double alpha, double unit) {
    const Tensor q = (v / alpha).clamp(-1, 1) + frozen * (v.abs() < 2);
    return (g * q * alpha).sum().item<double>() * unit;
  };
  for (const bool rescale : {true, false}) {
    const double unit = rescale ? w.std().item<double>() : 1.0;
    const double by_differences = (loss(2 + 1e-6, unit) - loss(2 - 1e-6, unit)) / 2e-6;
    for (const auto type : {torch::kFloat, torch::kDouble}) {
      const auto quantizer = weight(4, 2.0, true, rescale);
      (quantizer->quantize(w.to(type)).values * g.to(type)).sum().backward();
      CHECK(alpha_of(*quantizer).grad().item<double>() == Approx(by_differences).epsilon(1e-3));
    }
  }
}

TEST_CASE("apot: at most 2^bits levels, monotone", "[quant]") {
  torch::manual_seed(5);
  const Tensor x = std::get<0>((torch::randn({20000}) * 2).sort());
  for (int bits = 2; bits <= 6; ++bits) {
    for (const bool is_weight : {true, false}) {
      const auto quantizer = is_weight ? weight(bits, 3.0, true, true) : activation(bits, 3.0);
      const Tensor y = quantizer->quantize(x).values.detach();
      CHECK(std::get<0>(at::_unique(y)).numel() == quantizer->most_levels());
      CHECK(quantizer->most_levels() == (int64_t{1} << bits) - (is_weight ? 1 : 0));
      CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
      CHECK((quantizer->codes(y + 1e-3F) == -1).any().item<bool>());
    }
  }
}

TEST_CASE("apot: alpha starts at the calibrated end where it is 0", "[quant]") {
  const auto output = activation(4, 0.0);
  CHECK(output->range_use() == Quantizer::RangeUse::Starts);
  output->set_range({torch::tensor(-1.0F), torch::tensor(2.5F)});
  CHECK(alpha_of(*output).item<float>() == 2.5F);
  const auto plain = weight(4, 0.0, false);
  plain->set_range({torch::tensor(-1.0F), torch::tensor(0.5F)});
  CHECK(alpha_of(*plain).item<float>() == 1.0F);
  CHECK_THROWS_AS(weight(4, 0.0, true), TrialError);
}

TEST_CASE("apot: edge values", "[quant]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const Quantized result =
      weight(3, 1.0, false)->quantize(torch::tensor({infinity, -infinity, 1e-40F, -0.0F}));
  CHECK_FALSE(result.finite);
  CHECK(result.values.equal(torch::tensor({1.0F, -1.0F, 0.0F, 0.0F})));
  const auto quantizer = weight(4, 3.0, true, true);
  CHECK(quantizer->quantize(torch::full({5}, 0.25F)).values.allclose(torch::full({5}, 0.25F)));
  CHECK(quantizer->zero_width());
}
