#pragma once

#include "qsweep/config/float_format.hpp"
#include "qsweep/quant/kernels/float_rounding.hpp"

#include <torch/types.h>

#include <cstdint>
#include <string>

namespace qsweep {

/// The numbers of a small floating-point format, and how other numbers are rounded to them: for the
/// kernels, and by torch's operators.
class FloatLevels {
 public:
  enum class Ties { Even, Away };  // away from zero
  /// What rounds beyond the largest number becomes it, or infinity, or where there is none NaN.
  enum class Overflow { Saturate, Special };

  FloatLevels(const FloatFormat& format, Ties ties, Overflow overflow = Overflow::Saturate);
  /// The multiples of 2^-fraction_bits up to `max`, which is below 2.
  static FloatLevels fixed_point(int fraction_bits, double max, Ties ties);

  double max() const { return max_; }
  /// The exponent of the largest number: the floor of its log2.
  int max_exponent() const { return max_exponent_; }
  /// How many numbers there are; zero counts once.
  int64_t count() const { return 2 * positive_ + 1; }
  const kernels::FloatRounding& rounding() const { return rounding_; }

  /// Rounded numbers, by torch's operators, in x's type; without gradient.
  torch::Tensor rounded(const torch::Tensor& x) const;
  /// Which of the numbers each of `values` is, from 0, the lowest, to count() - 1; -1: none. Values
  /// are numbers times `scale`, which spreads over them.
  torch::Tensor codes(const torch::Tensor& values, const torch::Tensor& scale) const;

 private:
  FloatLevels(int min_exponent, int mantissa, double max, Ties ties);
  torch::Tensor exponents(const torch::Tensor& magnitude) const;
  torch::Tensor places(const torch::Tensor& numbers) const;

  int min_exponent_;
  int mantissa_;
  double max_;
  int max_exponent_;
  int64_t positive_;
  bool ties_away_;
  kernels::FloatRounding rounding_;
};

/// "even" or "away", of a spec.
FloatLevels::Ties ties_of(const std::string& name);

}  // namespace qsweep
