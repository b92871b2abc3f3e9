#pragma once

#include <optional>
#include <string>

namespace qsweep {

/// A small floating-point format of one sign bit, `exponent` bits and `mantissa` bits, with
/// subnormals: e4m3, bf16, any eXmY with X from 2 to 8 and Y from 1 to 10. The bias is 2^(X-1) - 1.
struct FloatFormat {
  int exponent = 0;
  int mantissa = 0;

  int bits() const { return 1 + exponent + mantissa; }
  int bias() const { return (1 << (exponent - 1)) - 1; }
  /// Is the highest exponent kept for infinity and NaN, as IEEE 754 does? So it is in e5m2, in fp16
  /// (e5m10), in bf16 (e8m7) and in all others with 8 bits of exponent, since float32 does the
  /// same.
  bool has_infinity() const;
  /// Is there a code for NaN? In those, and in OCP's e4m3, where it is the highest code alone. All
  /// codes of the other formats are numbers, as OCP's e3m2, e2m3 and e2m1 have it.
  bool has_nan() const;
  /// The exponent of the smallest normal number.
  int min_exponent() const { return 1 - bias(); }
  /// The exponent of the largest number.
  int max_exponent() const;
  /// The largest number: 448 for e4m3.
  double max() const;
};

/// The format of that name, if it is one.
std::optional<FloatFormat> float_format(const std::string& name);

}  // namespace qsweep
