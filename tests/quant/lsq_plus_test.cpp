#include "qsweep/quant/quantizer.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Json spec(int bits, const std::string& granularity = "per_tensor", bool gradient_scale = false) {
  return {{"quantizer", "lsq_plus"},
          {"bits", bits},
          {"granularity", granularity},
          {"gradient_scale", gradient_scale}};
}

const SiteShape kFourWeights{0, 4, SiteKind::Weight};
const SiteShape kFourOutputs{1, 4, SiteKind::Output};

std::unique_ptr<Quantizer> over(const Json& s,
                                float low,
                                float high,
                                SiteShape shape = kFourOutputs) {
  auto quantizer = make_quantizer(s, shape);
  quantizer->set_range({torch::tensor({low}), torch::tensor({high})});
  return quantizer;
}

Tensor learned(const Quantizer& quantizer, size_t i) {
  return quantizer.parameters().at(i).second;
}

}  // namespace

TEST_CASE("lsq_plus: activations cover the calibrated range, computed by hand", "[quant]") {
  // 2 bits over [-0.25, 1.25]: step 0.5, values -0.25, 0.25, 0.75, 1.25.
  const auto quantizer = over(spec(2), -0.25F, 1.25F);
  const Tensor x = torch::tensor({-3.0F, -0.1F, 0.0F, 0.1F, 0.5F, 0.8F, 1.1F, 9.0F});
  CHECK(quantizer->quantize(x).values.equal(
      torch::tensor({-0.25F, -0.25F, -0.25F, 0.25F, 0.75F, 0.75F, 1.25F, 1.25F})));
  CHECK(quantizer->range_text() == "[-0.25, 1.25]");
}

TEST_CASE("lsq_plus: weights start at max|mu +- 3 sigma| / 2^(b-1), without an offset", "[quant]") {
  const auto quantizer = over(spec(3), -1.0F, 0.6F, kFourWeights);
  CHECK(quantizer->parameters().size() == 1);
  CHECK(learned(*quantizer, 0).item<float>() == 0.25F);
  CHECK(quantizer->quantize(torch::tensor({-9.0F, -0.3F, 9.0F}))
            .values.equal(torch::tensor({-1.0F, -0.25F, 0.75F})));
}

TEST_CASE("lsq_plus: gradients computed by hand, inside, beyond and at the edges", "[quant]") {
  const auto quantizer = over(spec(2), 1.0F, 4.0F);  // step 1, offset 1
  const Tensor x = torch::tensor({0.0F, 1.0F, 1.25F, 2.5F, 4.0F, 6.0F}).requires_grad_(true);
  quantizer->quantize(x).values.backward(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}));
  CHECK(x.grad().equal(torch::tensor({0.0F, 0.0F, 3.0F, 4.0F, 0.0F, 0.0F})));
  // 0, 0, 3 (0 - 0.25), 4 (2 - 1.5), 5 * 3, 6 * 3
  CHECK(learned(*quantizer, 0).grad().item<float>() == -0.75F + 2.0F + 15.0F + 18.0F);
  CHECK(learned(*quantizer, 1).grad().item<float>() == 1.0F + 2.0F + 5.0F + 6.0F);
}

TEST_CASE("lsq_plus: both gradients are scaled by 1 / sqrt(N p)", "[quant]") {
  torch::manual_seed(1);
  const Tensor x = torch::randn({6, 4, 5, 5});
  const auto plain = over(spec(3), -1.0F, 1.0F);
  const auto scaled = over(spec(3, "per_tensor", true), -1.0F, 1.0F);
  const Tensor g = torch::rand_like(x);
  plain->quantize(x).values.backward(g);
  scaled->quantize(x).values.backward(g);
  for (const size_t i : {0U, 1U}) {
    const double ratio = (learned(*scaled, i).grad() / learned(*plain, i).grad()).item<double>();
    CHECK(ratio == Approx(1 / std::sqrt(100.0 * 7)));
  }
}

TEST_CASE("lsq_plus: gradients are the finite differences of the straight-through formula",
          "[quant]") {
  torch::manual_seed(2);
  const Tensor x = torch::randn({500}, torch::kDouble) * 3;
  const Tensor g = torch::randn({500}, torch::kDouble);
  const auto quantizer = over(spec(3), -1.5F, 2.0F);
  const double step = learned(*quantizer, 0).item<double>();
  const double offset = learned(*quantizer, 1).item<double>();
  const Tensor place = ((x - offset) / step).clamp(0, 7);
  const Tensor frozen = place.round() - place;
  const auto loss = [&](double s, double o) {
    return (g * ((((x - o) / s).clamp(0, 7) + frozen) * s + o)).sum().item<double>();
  };
  const double by_step = (loss(step + 1e-6, offset) - loss(step - 1e-6, offset)) / 2e-6;
  const double by_offset = (loss(step, offset + 1e-6) - loss(step, offset - 1e-6)) / 2e-6;
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    learned(*quantizer, 0).mutable_grad() = Tensor();
    learned(*quantizer, 1).mutable_grad() = Tensor();
    (quantizer->quantize(x.to(type)).values * g.to(type)).sum().backward();
    CHECK(learned(*quantizer, 0).grad().item<double>() == Approx(by_step).epsilon(1e-4));
    CHECK(learned(*quantizer, 1).grad().item<double>() == Approx(by_offset).epsilon(1e-4));
  }
}

TEST_CASE("lsq_plus per channel is lsq_plus applied to each channel, in every layout", "[quant]") {
  torch::manual_seed(4);
  const Tensor low = torch::tensor({-1.0F, -0.2F, 0.0F, -3.0F});
  const Tensor high = torch::tensor({1.0F, 0.9F, 2.0F, 3.0F});
  const Tensor plain = torch::randn({3, 4, 5, 7});
  const Tensor g = torch::randn_like(plain);
  for (const Tensor& x : {plain, plain.contiguous(torch::MemoryFormat::ChannelsLast)}) {
    auto all = make_quantizer(spec(4, "per_channel"), kFourOutputs);
    all->set_range({low, high});
    const Tensor y = all->quantize(x).values;
    y.backward(g);
    for (int64_t c = 0; c < 4; ++c) {
      const auto one = over(spec(4), low[c].item<float>(), high[c].item<float>());
      const Tensor own = one->quantize(x.select(1, c).contiguous()).values;
      own.backward(g.select(1, c));
      CHECK(own.equal(y.select(1, c)));
      for (const size_t i : {0U, 1U}) {
        CHECK(learned(*one, i).grad().item<float>() ==
              Approx(learned(*all, i).grad()[c].item<float>()).epsilon(1e-4));
      }
    }
  }
}
