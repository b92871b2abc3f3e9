#include "qsweep/quant/float_levels.hpp"

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/float_kernel.hpp"

#include <torch/types.h>

#include <cmath>
#include <limits>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int kFloatBias = 127;
constexpr int kFloatMantissa = 23;

int32_t exponent_field(int exponent) {
  return static_cast<int32_t>(exponent) * (1 << kFloatMantissa);
}

}  // namespace

FloatLevels::FloatLevels(int min_exponent, int mantissa, double max, Ties ties)
    : min_exponent_(min_exponent),
      mantissa_(mantissa),
      max_(max),
      max_exponent_(std::ilogb(max)),
      ties_away_(ties == Ties::Away) {
  // In each power of two 2^m numbers, and as many below the smallest normal one, zero with them.
  const int64_t in_power = int64_t{1} << mantissa;
  const auto in_last = static_cast<int64_t>(std::ldexp(max, mantissa - max_exponent_)) - in_power;
  positive_ = (max_exponent_ - min_exponent_ + 1) * in_power + in_last;
  rounding_.min_exponent = exponent_field(min_exponent + kFloatBias);
  rounding_.lift = exponent_field(kFloatMantissa - mantissa);
  rounding_.dropped = kFloatMantissa - mantissa;
  rounding_.clip = static_cast<float>(max);
  rounding_.max = static_cast<float>(max);
  rounding_.overflow = static_cast<float>(max);
  rounding_.ties_away = ties_away_;
}

FloatLevels::FloatLevels(const FloatFormat& format, Ties ties, Overflow overflow)
    : FloatLevels(format.min_exponent(), format.mantissa, format.max(), ties) {
  rounding_.wide = format.exponent == 8;
  if (overflow == Overflow::Special) {
    rounding_.clip = static_cast<float>(std::ldexp(1.0, max_exponent_ + 1));
    rounding_.overflow = format.has_infinity() ? std::numeric_limits<float>::infinity()
                                               : std::numeric_limits<float>::quiet_NaN();
  }
}

FloatLevels FloatLevels::fixed_point(int fraction_bits, double max, Ties ties) {
  // What is below 2 has one quantum, as subnormal numbers have it.
  return {0, fraction_bits, max, ties};
}

// Floor of log2, at least that of the smallest normal number.
Tensor FloatLevels::exponents(const Tensor& magnitude) const {
  const Tensor exponent = std::get<1>(torch::frexp(magnitude)).to(torch::kDouble) - 1;
  return exponent.clamp_min(min_exponent_);
}

Tensor FloatLevels::rounded(const Tensor& x) const {
  const Tensor exact = x.detach().to(torch::kDouble);
  const auto clip = static_cast<double>(rounding_.clip);
  const Tensor magnitude = exact.abs().clamp_max(clip);
  const Tensor quantum = torch::exp2(exponents(magnitude) - mantissa_);
  const Tensor quanta = magnitude / quantum;
  const Tensor whole = ties_away_ ? (quanta + 0.5).floor() : quanta.round();
  Tensor result = whole * quantum;
  result = result.masked_fill(result > max_, static_cast<double>(rounding_.overflow));
  return torch::copysign(result, exact).to(x.scalar_type());
}

// Counted from zero; of numbers of the format.
Tensor FloatLevels::places(const Tensor& numbers) const {
  const Tensor magnitude = numbers.to(torch::kDouble).abs();
  const Tensor exponent = exponents(magnitude);
  const Tensor quanta = magnitude / torch::exp2(exponent - mantissa_);
  const Tensor place = quanta + (exponent - min_exponent_) * std::ldexp(1.0, mantissa_);
  return (place * numbers.sign()).to(torch::kLong);
}

Tensor FloatLevels::codes(const Tensor& values, const Tensor& scale) const {
  const Tensor unit = (values / scale).clamp_(-max_, max_);
  Tensor number;
  Tensor code;
  if (runs_kernels(unit)) {
    number = unit.contiguous();
    float* own = number.data_ptr<float>();
    const int64_t count = number.numel();
    kernels::round_to_float(own, own, count, rounding_, 1.0F, 1.0F);
    code = torch::empty(number.sizes(), torch::kLong);
    kernels::places_of_floats(
        own, code.data_ptr<int64_t>(), count, rounding_, static_cast<int32_t>(1 << mantissa_));
  } else {
    number = rounded(unit);
    code = places(number);
  }
  return (code + positive_).masked_fill_(number * scale != values, -1);
}

FloatLevels::Ties ties_of(const std::string& name) {
  return name == "away" ? FloatLevels::Ties::Away : FloatLevels::Ties::Even;
}

}  // namespace qsweep
