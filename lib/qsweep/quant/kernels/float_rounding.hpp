#pragma once

#include "qsweep/quant/kernels/vectorized.hpp"

#include <cstdint>
#include <cstring>

namespace qsweep::kernels {

/// How floats are rounded to a format of fewer mantissa bits, in numbers that fit the loops. Values
/// of the format between two powers of two are one quantum apart, which grows with the power; below
/// the smallest normal number they keep its quantum.
struct FloatRounding {
  int32_t min_exponent = 0;  // of normal numbers: float32's exponent field, in its place
  int32_t lift = 0;          // from a number's exponent to that of 2^23 quanta, in the same place
  int32_t dropped = 0;       // mantissa bits that float32 has more
  float clip = 0;            // what is larger is taken for this
  float max = 0;             // the largest number of the format
  float overflow = 0;        // what rounds beyond it becomes this: max, infinity or NaN
  bool ties_away = false;    // from zero, else to even
  bool wide = false;         // 8 exponent bits, as float32 has

  bool saturates() const { return clip == max; }
};

inline int32_t bits_of(float x) {
  int32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline float float_of(int32_t bits) {
  float x = 0;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

constexpr int32_t kSignBit = INT32_MIN;
constexpr int32_t kMagnitudeBits = INT32_MAX;
constexpr int32_t kExponentBits = 0x7f800000;

/// x rounded to a format of at most 7 exponent bits that saturates, where `clip` is `max`: by
/// adding 2^23 quanta to |x| and taking them away again.
template <bool kTiesAway>
QSWEEP_PART_OF_LOOP float rounded_to_float(float x, const FloatRounding& to) {
  const int32_t bits = bits_of(x);
  const float magnitude = float_of(bits & kMagnitudeBits);
  const float clipped = magnitude < to.clip ? magnitude : to.clip;
  const int32_t exponent = bits_of(clipped) & kExponentBits;
  const float quanta =
      float_of((exponent > to.min_exponent ? exponent : to.min_exponent) + to.lift);
  float result = (clipped + quanta) - quanta;
  if constexpr (kTiesAway) {
    constexpr float kHalf = 1.0F / (1 << 24);
    const float half_quantum = quanta * kHalf;
    result += clipped - result == half_quantum ? 2 * half_quantum : 0.0F;
  }
  return float_of(bits_of(result) | (bits & kSignBit));
}

/// What a number rounded beyond the largest becomes.
QSWEEP_PART_OF_LOOP float overflowed(float rounded, const FloatRounding& to) {
  const float magnitude = float_of(bits_of(rounded) & kMagnitudeBits);
  const int32_t result = bits_of(magnitude > to.max ? to.overflow : magnitude);
  return float_of(result | (bits_of(rounded) & kSignBit));
}

/// The same as rounded_to_float with 8 exponent bits, where 2^23 quanta may be too large for a
/// float: in integers, which carry into the exponent. Subnormal numbers are those of float32, and
/// need no care.
template <bool kTiesAway>
QSWEEP_PART_OF_LOOP float rounded_to_wide_float(float x, const FloatRounding& to) {
  const int32_t bits = bits_of(x);
  const int32_t magnitude = bits & kMagnitudeBits;
  const int32_t finite = magnitude < kExponentBits ? magnitude : kExponentBits - 1;
  const int32_t half = 1 << (to.dropped - 1);
  const int32_t last = (finite >> to.dropped) & 1;
  const int32_t raised = finite + (kTiesAway ? half : half - 1 + last);
  const float rounded = float_of(raised & -(1 << to.dropped));
  const float result = rounded > to.max ? to.overflow : rounded;
  return float_of(bits_of(result) | (bits & kSignBit));
}

}  // namespace qsweep::kernels
