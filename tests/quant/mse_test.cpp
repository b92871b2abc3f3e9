#include <torch/types.h>
#include <torch/utils.h>

#include "quant/range_requests.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using test::calibrated;
using test::request_for;
using test::uniform;
using torch::Tensor;

namespace {

// The error of the uniform quantizer, by LibTorch's own operator.
double error_of(const Tensor& x, float min, float max, int bits, bool symmetric) {
  const int64_t low = symmetric ? 1 - (1 << (bits - 1)) : 0;
  const int64_t high = symmetric ? -low : (1 << bits) - 1;
  const float reach = symmetric ? std::max(-min, max) : std::max(max, 0.0F) - std::min(min, 0.0F);
  const float scale = reach / static_cast<float>(symmetric ? high : high - low);
  const auto zero =
      symmetric ? 0 : -static_cast<int64_t>(std::nearbyint(std::min(min, 0.0F) / scale));
  const Tensor quantized =
      torch::fake_quantize_per_tensor_affine(x, static_cast<double>(scale), zero, low, high);
  return (quantized - x).to(torch::kDouble).square().sum().item<double>();
}

struct Found {
  float min;
  float max;
  double error;
};

// The best of all candidates, each tried out.
Found by_brute_force(const Tensor& x, int bits, bool symmetric) {
  Found best{0, 0, std::numeric_limits<double>::infinity()};
  for (int percent = 0; percent < 95; ++percent) {
    const float min = (x.min() * (1 - 0.01 * percent)).item<float>();
    const float max = (x.max() * (1 - 0.01 * percent)).item<float>();
    const double error = error_of(x, min, max, bits, symmetric);
    if (error < best.error) {
      best = {min, max, error};
    }
  }
  return best;
}

}  // namespace

TEST_CASE("mse takes the candidate of the least error, as trying out all of them does", "[quant]") {
  torch::manual_seed(7);
  const Tensor weight = torch::randn({16, 8, 3, 3}).pow(3);
  for (const int bits : {2, 3, 4, 8}) {
    for (const bool symmetric : {true, false}) {
      INFO(bits << (symmetric ? " symmetric" : " affine"));
      const Range range =
          make_calibrator("mse")->range_of(weight, 0, request_for(uniform(bits, symmetric)));
      const Found best = by_brute_force(weight, bits, symmetric);
      CHECK(range.min.item<float>() == best.min);
      CHECK(range.max.item<float>() == best.max);
    }
  }
}

TEST_CASE("mse searches for each channel of a weight", "[quant]") {
  torch::manual_seed(8);
  const Tensor weight = torch::randn({6, 40}).pow(3);
  const Range range =
      make_calibrator("mse")->range_of(weight, 0, request_for(uniform(3, true, "per_channel"), 6));
  for (int64_t channel = 0; channel < 6; ++channel) {
    const Found best = by_brute_force(weight[channel], 3, true);
    CHECK(range.min[channel].item<float>() == best.min);
    CHECK(range.max[channel].item<float>() == best.max);
  }
}

TEST_CASE("where all values are centres of bins, the histogram's answer is exact", "[quant]") {
  torch::manual_seed(9);
  // Centres of the bins over [-1, 1), and zeros.
  const Tensor bins = (torch::randn({4, 4, 20, 20}).pow(3) * 100).floor().clamp(-4096, 4095);
  Tensor x = (bins + 0.5) / 4096;
  x[0][0][0][0] = 0.5 / 4096 - 1;
  x.select(0, 3).zero_();
  for (const int bits : {2, 4, 8}) {
    for (const bool symmetric : {true, false}) {
      INFO(bits << (symmetric ? " symmetric" : " affine"));
      const Range range =
          calibrated("mse", uniform(bits, symmetric), {x.narrow(0, 0, 1), x.narrow(0, 1, 3)});
      const Found best = by_brute_force(x, bits, symmetric);
      CHECK(range.min.item<float>() == best.min);
      CHECK(range.max.item<float>() == best.max);
    }
  }
}

TEST_CASE("the histogram's answer is as good as that of the values, to a thousandth", "[quant]") {
  torch::manual_seed(10);
  const Tensor x = torch::randn({8, 8, 32, 32}).pow(3).relu();
  for (const int bits : {2, 3, 4, 6, 8}) {
    INFO(bits);
    const Range range = calibrated("mse", uniform(bits, false), {x});
    const double error = error_of(x, range.min.item<float>(), range.max.item<float>(), bits, false);
    CHECK(error <= 1.001 * by_brute_force(x, bits, false).error);
    CHECK(error < error_of(x, 0, x.max().item<float>(), bits, false));
  }
}

TEST_CASE("of equal errors mse takes the widest range", "[quant]") {
  // On the grid of the whole range: no error, and none can be less.
  const Range range =
      calibrated("mse", uniform(2, false), {torch::tensor({{0.0F, 1.0F, 2.0F, 3.0F}})});
  CHECK(range.max.item<float>() == 3);
  const Range weight = make_calibrator("mse")->range_of(
      torch::tensor({{-1.0F, 0.0F, 1.0F}}), 0, request_for(uniform(2, true)));
  CHECK(weight.max.item<float>() == 1);
}
