// Analytical clipping (ACIQ, Banner et al. 2019, arXiv:1810.05723): mu - alpha to mu + alpha, as
// far as anything was seen there, with the alpha at which clipping and rounding errors of a known
// distribution have the least sum. In units of the spread s (Laplace: mean|x - mu|; Gauss: the
// standard deviation) and for M bits that is
//   Laplace: 2 exp(-a) + a^2 / (3 4^M)
//   Gauss:   (a^2 + 1) (1 - erf(a / sqrt 2)) - sqrt(2 / pi) a exp(-a^2 / 2) + a^2 / (3 4^M).
// Without values below zero the codes cover half of the distribution, 0 to max(mu, 0) + alpha, as
// finely as those of M + 1 bits cover all of it. mu and s are those of what was seen.

#include "qsweep/quant/calibrators/aciq.hpp"

#include "qsweep/quant/sample.hpp"

#include <torch/types.h>

#include <cmath>

namespace qsweep {
namespace {

using torch::Tensor;

// The derivatives by a. Each is below zero for small a, above it for large ones, and zero once.
double slope(Distribution distribution, double a, double rounding) {
  if (distribution == Distribution::Laplace) {
    return -2 * std::exp(-a) + 2 * a * rounding;
  }
  constexpr double kTwoOverPi = 0.63661977236758134308;
  return 2 * a * std::erfc(a / std::sqrt(2.0)) - 2 * std::sqrt(kTwoOverPi) * std::exp(-a * a / 2) +
         2 * a * rounding;
}

class Aciq : public SampleCalibrator {
 public:
  explicit Aciq(Distribution distribution) : distribution_(distribution) {}

 private:
  Range range_in(const Sample& sample, const RangeRequest& request) const override {
    const Tensor values = sample.values.to(torch::kDouble);
    const Tensor mean = mean_of(sample, values);
    const Tensor spread = spread_of(sample, values - mean.unsqueeze(1));
    const Tensor two_sided = has_negative_values(request, sample.seen);
    const int bits = bits_of(request);
    const Tensor alpha = torch::where(two_sided,
                                      spread * aciq_clip(distribution_, bits),
                                      spread * aciq_clip(distribution_, bits + 1));
    const Tensor low = torch::where(two_sided, mean - alpha, torch::zeros_like(mean));
    const Tensor high = torch::where(two_sided, mean, mean.clamp_min(0)) + alpha;
    return {torch::maximum(sample.seen.min, low.to(sample.seen.min.scalar_type())),
            torch::minimum(sample.seen.max, high.to(sample.seen.max.scalar_type()))};
  }

  Tensor spread_of(const Sample& sample, const Tensor& deviation) const {
    return distribution_ == Distribution::Laplace ? mean_of(sample, deviation.abs())
                                                  : mean_of(sample, deviation.square()).sqrt();
  }

  Distribution distribution_;
};

}  // namespace

double aciq_clip(Distribution distribution, int bits) {
  const double rounding = 1 / (3 * std::pow(4.0, bits));
  double below = 0;
  double above = 64;
  for (int i = 0; i < 100; ++i) {
    const double middle = (below + above) / 2;
    (slope(distribution, middle, rounding) < 0 ? below : above) = middle;
  }
  return (below + above) / 2;
}

CalibratorEntry aciq_entry() {
  using Type = Parameter::Type;
  return {
      {"aciq",
       "the best range for a Laplace or Gauss distribution as wide as the values'",
       "Banner et al. 2019, arXiv:1810.05723",
       {{"distribution", Type::Choice, "laplace", 0, 0, {"laplace", "gauss"}, "of the values"}}},
      [](const Json& parameters) -> std::unique_ptr<Calibrator> {
        return std::make_unique<Aciq>(
            parameters.at("distribution") == "gauss" ? Distribution::Gauss : Distribution::Laplace);
      }};
}

}  // namespace qsweep
