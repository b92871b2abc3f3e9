#include "qsweep/quant/power_quantizer.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/quant/distinct_tally.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/float_rounding.hpp"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int kLowestExponent = -126;  // float32's, of normal numbers

// The smallest float that is not below x.
float float_above(double x) {
  const auto rounded = static_cast<float>(x);
  return static_cast<double>(rounded) < x
             ? std::nextafter(rounded, std::numeric_limits<float>::infinity())
             : rounded;
}

int lowest_exponent(const PowerLevels& levels) {
  return std::max(1 - levels.powers, kLowestExponent);
}

kernels::PowerRounding rounding_of(const PowerLevels& levels) {
  const double lowest = std::ldexp(1.0, lowest_exponent(levels));
  kernels::PowerRounding rounding;
  rounding.add = kernels::bits_of(2.0F) - kernels::bits_of(float_above(levels.threshold));
  rounding.lowest = kernels::bits_of(static_cast<float>(lowest));
  rounding.nonzero = kernels::bits_of(float_above(levels.nonzero * lowest));
  rounding.has_sign = levels.has_sign;
  return rounding;
}

struct PowerKernel {
  static constexpr int kLearned = 0;
  int64_t axis;
  int64_t scales;
  ChannelScales own;
  kernels::PowerRounding rounding;

  bool forward(const float* x, float* y, int64_t count, int64_t scale) const {
    return kernels::round_to_power(x, y, count, rounding, own.scale(scale), own.inverse(scale));
  }
  bool forward_rows(const float* x, float* y, int64_t count) const {
    return own.round_rows(x, y, count, kernels::round_to_power_row, rounding);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t scale,
                double* /*sums*/) const {
    kernels::round_to_power_backward(x, dy, dx, count, rounding, own.inverse(scale));
  }
};

}  // namespace

int magnitude_codes(const Json& spec, const SiteShape& shape) {
  const bool has_sign = spec.at("signed").get<bool>();
  if (!has_sign && shape.kind == SiteKind::Weight) {
    throw TrialError(spec.at("quantizer").get<std::string>() +
                     "'s 'signed: false' is not for weights");
  }
  return 1 << (spec.at("bits").get<int>() - (has_sign ? 1 : 0));
}

float power_of_two_near(float x, double threshold) {
  const int exponent = std::ilogb(x);
  const bool up = static_cast<double>(x) >= std::ldexp(threshold, exponent);
  return std::ldexp(1.0F, std::clamp(exponent + (up ? 1 : 0), kLowestExponent, 127));
}

PowerQuantizer::PowerQuantizer(const PowerLevels& levels, bool per_channel, const SiteShape& shape)
    : levels_(levels),
      rounding_(rounding_of(levels)),
      axis_(shape.channel_axis),
      per_channel_(per_channel) {}

void PowerQuantizer::set_range(const Range& range) {
  // Without sign, what lies below zero has no say.
  const Tensor low = levels_.has_sign ? range.min : torch::zeros_like(range.min);
  const Tensor high = levels_.has_sign ? range.max : range.max.clamp_min(0);
  zero_width_ = false;
  std::vector<float> scales;
  for (const float largest : largest_magnitudes(low, high)) {
    zero_width_ = zero_width_ || largest == 0;
    scales.push_back(scale_of(std::max(largest, std::numeric_limits<float>::min())));
  }
  scales_ = ChannelScales(scales, axis_);
}

Quantized PowerQuantizer::quantize(Tensor x) {
  if (!runs_kernels(x)) {
    return {with_aten(x), true};
  }
  return elementwise(std::move(x), PowerKernel{axis_, scales_.count(), scales_, rounding_});
}

Quantized PowerQuantizer::quantize_relu(Tensor x) {
  return levels_.has_sign ? Quantizer::quantize_relu(std::move(x)) : quantize(std::move(x));
}

int64_t PowerQuantizer::most_levels() const {
  return (levels_.has_sign ? 2 : 1) * int64_t{levels_.powers} + 1;
}

// By the bits of floats, where a power of two is its exponent: exact, and on any device.
Tensor PowerQuantizer::codes(const Tensor& values) const {
  constexpr int kMantissa = 23;
  constexpr int kBias = 127;
  const Tensor scale = scales_.spread_over(values);
  const Tensor unit = (values / scale).to(torch::kFloat);
  const Tensor half_up = unit.abs().view(torch::kInt) + (1 << (kMantissa - 1));
  const Tensor exponent = half_up.bitwise_right_shift(kMantissa);
  const Tensor power = exponent.bitwise_left_shift(kMantissa).view(torch::kFloat) * unit.sign();
  const Tensor place = exponent - kBias + levels_.powers;  // 1 is the lowest power
  const Tensor is_level = (place > 0)
                              .logical_and(place <= levels_.powers)
                              .logical_and(power.to(values.scalar_type()) * scale == values);
  const int zero_code = levels_.has_sign ? levels_.powers : 0;
  const Tensor code = place * unit.sign() + zero_code;
  const Tensor or_none = code.masked_fill(is_level.logical_not(), -1);
  return or_none.masked_fill(values == 0, zero_code).to(torch::kLong);
}

void PowerQuantizer::tally(const Tensor& x, const Tensor& values, LevelTally& tally) const {
  if (runs_kernels(x)) {
    tally_distinct(*this, {axis_, scales_.count()}, x, values, tally);
  } else {
    Quantizer::tally(x, values, tally);
  }
}

std::string PowerQuantizer::range_text() const {
  const float largest = scales_.largest();
  return fmt::format("[{:.6g}, {:.6g}]", levels_.has_sign ? -largest : 0.0F, largest);
}

Tensor PowerQuantizer::with_aten(const Tensor& x) const {
  const Tensor scale = scales_.spread_over(x);
  const Tensor unit = x.detach().to(torch::kDouble) / scale;
  const Tensor magnitude = unit.abs();
  const auto [mantissa, exponent] = torch::frexp(magnitude);  // magnitude is m 2^e, m from 0.5 to 1
  const Tensor up = (mantissa * 2 >= levels_.threshold).to(torch::kDouble);
  const Tensor rounded = exponent.to(torch::kDouble) - 1 + up;
  const Tensor power = torch::exp2(rounded.clamp(lowest_exponent(levels_), 0));
  const double smallest = levels_.nonzero * std::ldexp(1.0, lowest_exponent(levels_));
  const Tensor positive = levels_.has_sign ? torch::ones_like(unit, torch::kBool) : unit > 0;
  const Tensor nonzero = (magnitude >= smallest).logical_and(positive);
  const Tensor chosen = torch::where(nonzero, power * unit.sign(), torch::zeros_like(unit));
  const Tensor quantized =
      (chosen * scale).masked_fill(torch::isnan(unit), std::nan("")).to(x.scalar_type());
  return straight_through(x, quantized, (magnitude < levels_.threshold).logical_and(positive));
}

}  // namespace qsweep
