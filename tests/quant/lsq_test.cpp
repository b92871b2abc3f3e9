#include "qsweep/quant/quantizer.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Json spec(int bits, bool is_signed, const std::string& granularity = "per_tensor") {
  return {{"quantizer", "lsq"},
          {"bits", bits},
          {"signed", is_signed},
          {"granularity", granularity},
          {"gradient_scale", false}};
}

const SiteShape kWeight{0, 4, SiteKind::Weight};
const SiteShape kOutput{1, 4, SiteKind::Output};

// With the steps given: a range from 0 to the highest code of them.
std::unique_ptr<Quantizer> lsq(const Json& s, const Tensor& steps, SiteShape shape = kWeight) {
  auto quantizer = make_quantizer(s, shape);
  const int64_t values = int64_t{1} << s.at("bits").get<int>();
  const int64_t high = s.at("signed").get<bool>() ? values / 2 - 1 : values - 1;
  quantizer->set_range({torch::zeros_like(steps), steps * high});
  return quantizer;
}

Tensor step_of(const Quantizer& quantizer) {
  return quantizer.parameters().at(0).second;
}

double step_gradient(const Json& s, const SiteShape& shape, const Tensor& x) {
  const auto quantizer = lsq(s, torch::tensor({0.5F}), shape);
  quantizer->quantize(x).values.sum().backward();
  return step_of(*quantizer).grad().item<double>();
}

}  // namespace

TEST_CASE("lsq: values computed by hand, 3 bits signed and unsigned", "[quant]") {
  const Tensor x = torch::tensor({-9.0F, -1.9F, -0.3F, 0.25F, 0.75F, 1.4F, 3.3F, 9.0F});
  CHECK(lsq(spec(3, true), torch::tensor({0.5F}))
            ->quantize(x)
            .values.equal(torch::tensor({-2.0F, -2.0F, -0.5F, 0.0F, 1.0F, 1.5F, 1.5F, 1.5F})));
  CHECK(lsq(spec(3, false), torch::tensor({0.5F}), kOutput)
            ->quantize(x)
            .values.equal(torch::tensor({0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 1.5F, 3.5F, 3.5F})));
}

TEST_CASE("lsq: gradients computed by hand, inside, beyond and at the edges", "[quant]") {
  const auto quantizer = lsq(spec(2, false), torch::tensor({1.0F}), kOutput);
  const Tensor x =
      torch::tensor({-1.0F, 0.0F, 0.25F, 1.5F, 2.75F, 3.0F, 4.0F}).requires_grad_(true);
  quantizer->quantize(x).values.sum().backward();
  CHECK(x.grad().equal(torch::tensor({0.0F, 0.0F, 1.0F, 1.0F, 1.0F, 0.0F, 0.0F})));
  // 0, 0, 0 - 0.25, 2 - 1.5, 3 - 2.75, 3, 3
  CHECK(step_of(*quantizer).grad().item<float>() == 6.5F);
}

TEST_CASE("lsq: the step's gradient is scaled by 1 / sqrt(N Qp)", "[quant]") {
  torch::manual_seed(1);
  const Tensor x = torch::randn({6, 4, 5, 5});
  Json scaled = spec(3, true);
  scaled["gradient_scale"] = true;
  const double weight_ratio =
      step_gradient(scaled, kWeight, x) / step_gradient(spec(3, true), kWeight, x);
  CHECK(weight_ratio == Approx(1 / std::sqrt(600.0 * 3)));
  const double output_ratio =
      step_gradient(scaled, kOutput, x) / step_gradient(spec(3, true), kOutput, x);
  CHECK(output_ratio == Approx(1 / std::sqrt(100.0 * 3)));
}

TEST_CASE("lsq: from the range of mean_abs the step starts at 2 mean|x| / sqrt(Qp)", "[quant]") {
  const float mean_abs = 0.7F;
  const float step = 2 * mean_abs / std::sqrt(7.0F);
  auto quantizer = make_quantizer(spec(4, true), kWeight);
  quantizer->set_range({torch::tensor({-8 * step}), torch::tensor({7 * step})});
  CHECK(step_of(*quantizer).item<float>() == Approx(step));
  CHECK(quantizer->range_use() == Quantizer::RangeUse::Starts);
}

TEST_CASE("lsq: gradients are the finite differences of the straight-through formula", "[quant]") {
  // The roundings are frozen as offsets, as the straight-through estimator has them.
  torch::manual_seed(2);
  const Tensor x = torch::randn({500}, torch::kDouble) * 3;
  const Tensor g = torch::randn({500}, torch::kDouble);
  const double step = 0.4;
  const Tensor frozen = (x / step).clamp(-8, 7).round() - (x / step).clamp(-8, 7);
  const auto loss = [&](double s, const Tensor& at) {
    return (g * ((at / s).clamp(-8, 7) + frozen) * s).sum().item<double>();
  };
  const double by_differences = (loss(step + 1e-6, x) - loss(step - 1e-6, x)) / 2e-6;
  const auto quantizer = lsq(spec(4, true), torch::tensor({0.4F}));
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    step_of(*quantizer).mutable_grad() = Tensor();
    const Tensor own = x.to(type).requires_grad_(true);
    (quantizer->quantize(own).values * g.to(type)).sum().backward();
    CHECK(step_of(*quantizer).grad().item<double>() == Approx(by_differences).epsilon(1e-4));
    const Tensor inside = ((x / step) > -8).logical_and((x / step) < 7);
    CHECK(own.grad().to(torch::kDouble).allclose(g * inside, 1e-6, 1e-6));
  }
}

TEST_CASE("lsq agrees with torch's learnable fake quantization where the definitions do",
          "[quant]") {
  // They differ up to half a step beyond the ends: there torch still counts as inside.
  torch::manual_seed(3);
  const float step = 0.31F;
  const Tensor all = torch::randn({20000}) * 2;
  const Tensor place = all / step;
  const Tensor shared = place.gt(-7.99)
                            .logical_and(place.lt(6.99))
                            .logical_or(place.lt(-8.51))
                            .logical_or(place.gt(7.51));
  const Tensor x = all.index({shared});
  const Tensor ours = x.clone().requires_grad_(true);
  const Tensor theirs = x.clone().requires_grad_(true);
  const Tensor their_step = torch::tensor({step}).requires_grad_(true);
  const auto quantizer = lsq(spec(4, true), torch::tensor({step}));
  step_of(*quantizer).data().fill_(step);
  const Tensor y = quantizer->quantize(ours).values;
  const Tensor z = torch::_fake_quantize_learnable_per_tensor_affine(
      theirs, their_step, torch::zeros({1}), -8, 7, 1.0);
  CHECK(y.equal(z));
  const Tensor g = torch::randn_like(x);
  y.backward(g);
  z.backward(g);
  CHECK(ours.grad().equal(theirs.grad()));
  CHECK(step_of(*quantizer).grad().allclose(their_step.grad(), 1e-4, 1e-3));
}

TEST_CASE("lsq per channel is lsq applied to each channel, in every layout", "[quant]") {
  torch::manual_seed(4);
  const Tensor steps = torch::tensor({0.1F, 0.5F, 1.0F, 0.03F});
  const Tensor plain = torch::randn({3, 4, 5, 7});
  const Tensor g = torch::randn_like(plain);
  for (const Tensor& x : {plain, plain.contiguous(torch::MemoryFormat::ChannelsLast)}) {
    const auto all = lsq(spec(4, true, "per_channel"), steps, kOutput);
    const Tensor y = all->quantize(x).values;
    y.backward(g);
    for (int64_t c = 0; c < 4; ++c) {
      const auto one = lsq(spec(4, true), steps.slice(0, c, c + 1), kOutput);
      const Tensor own = one->quantize(x.select(1, c).contiguous()).values;
      own.backward(g.select(1, c));
      CHECK(own.equal(y.select(1, c)));
      CHECK(step_of(*one).grad().item<float>() ==
            Approx(step_of(*all).grad()[c].item<float>()).epsilon(1e-4));
    }
  }
}

TEST_CASE("lsq: at most 2^bits levels, idempotent, monotone", "[quant]") {
  torch::manual_seed(5);
  const Tensor x = std::get<0>((torch::randn({20000}) * 3).sort());
  for (const bool is_signed : {true, false}) {
    for (int bits = 2; bits <= 8; ++bits) {
      const auto quantizer = lsq(spec(bits, is_signed), torch::tensor({0.02F}));
      const Tensor y = quantizer->quantize(x).values.detach();
      CHECK(std::get<0>(at::_unique(y)).numel() <= (int64_t{1} << bits));
      CHECK(quantizer->quantize(y).values.equal(y));
      CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
    }
  }
}

TEST_CASE("lsq: edge values", "[quant]") {
  const auto quantizer = lsq(spec(2, true), torch::tensor({1.0F}));
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor x = torch::tensor({infinity, -infinity, 1e-40F, -0.0F, 0.5F, -1.5F, 1e38F});
  const Quantized result = quantizer->quantize(x);
  CHECK_FALSE(result.finite);
  CHECK(result.values.equal(torch::tensor({1.0F, -2.0F, 0.0F, 0.0F, 0.0F, -2.0F, 1.0F})));
}

TEST_CASE("lsq: a range of zero width is noted, and gives the least step", "[quant]") {
  const auto quantizer = lsq(spec(4, true), torch::tensor({0.0F}));
  CHECK(quantizer->zero_width());
  CHECK(step_of(*quantizer).item<float>() == std::numeric_limits<float>::epsilon());
  CHECK(quantizer->quantize(torch::zeros({3})).values.equal(torch::zeros({3})));
}
