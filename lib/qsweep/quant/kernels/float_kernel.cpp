#include "qsweep/quant/kernels/float_kernel.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {
namespace {

template <class Map>
QSWEEP_PART_OF_LOOP bool map_all(const float* x, float* y, int64_t count, Map map) {
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    y[i] = map(value, i);
  }
  return largest < kInfinityBits;
}

template <bool kTiesAway, class Scale, class Inverse>
QSWEEP_PART_OF_LOOP bool round_to(const float* x,
                                  float* y,
                                  int64_t count,
                                  const FloatRounding& to,
                                  const Scale& scale,
                                  const Inverse& inverse) {
  const FloatRounding own = to;
  if (own.saturates()) {
    return map_all(x, y, count, [&](float value, int64_t i) {
      return rounded_to_float<kTiesAway>(value * inverse(i), own) * scale(i);
    });
  }
  return map_all(x, y, count, [&](float value, int64_t i) {
    return overflowed(rounded_to_float<kTiesAway>(value * inverse(i), own), own) * scale(i);
  });
}

// A loop of its own for each way to round, since a choice inside it would cost as much as the rest.
template <class Scale, class Inverse>
QSWEEP_PART_OF_LOOP bool round_all(const float* x,
                                   float* y,
                                   int64_t count,
                                   const FloatRounding& to,
                                   const Scale& scale,
                                   const Inverse& inverse) {
  return to.ties_away ? round_to<true>(x, y, count, to, scale, inverse)
                      : round_to<false>(x, y, count, to, scale, inverse);
}

QSWEEP_VECTORIZED
bool round_scaled(
    const float* x, float* y, int64_t count, const FloatRounding& to, float scale, float inverse) {
  return round_all(
      x, y, count, to, [scale](int64_t) { return scale; }, [inverse](int64_t) { return inverse; });
}

QSWEEP_VECTORIZED
bool round_row(const float* x,
               float* y,
               int64_t count,
               const FloatRounding& to,
               const float* scale,
               const float* inverse) {
  return round_all(
      x,
      y,
      count,
      to,
      [scale](int64_t i) { return scale[i]; },
      [inverse](int64_t i) { return inverse[i]; });
}

QSWEEP_VECTORIZED
bool round_wide(const float* x, float* y, int64_t count, const FloatRounding& to) {
  const FloatRounding own = to;
  return own.ties_away ? map_all(x,
                                 y,
                                 count,
                                 [&own](float value, int64_t) {
                                   return rounded_to_wide_float<true>(value, own);
                                 })
                       : map_all(x, y, count, [&own](float value, int64_t) {
                           return rounded_to_wide_float<false>(value, own);
                         });
}

}  // namespace

bool round_to_float(
    const float* x, float* y, int64_t count, const FloatRounding& to, float scale, float inverse) {
  return to.wide ? round_wide(x, y, count, to) : round_scaled(x, y, count, to, scale, inverse);
}

bool round_to_float_row(const float* x,
                        float* y,
                        int64_t count,
                        const FloatRounding& to,
                        const float* scale,
                        const float* inverse) {
  return round_row(x, y, count, to, scale, inverse);
}

QSWEEP_VECTORIZED
void places_of_floats(const float* numbers,
                      int64_t* places,
                      int64_t count,
                      const FloatRounding& of,
                      int32_t in_power) {
  const int32_t dropped = of.dropped;
  // Subnormal numbers of wide formats are float32's: their bits are places already.
  const int32_t smallest_normal = of.wide ? 0 : of.min_exponent;
  const int32_t offset = of.wide ? 0 : in_power - (of.min_exponent >> dropped);
  const float to_quanta = of.wide ? 0.0F : static_cast<float>(in_power) / float_of(of.min_exponent);
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const int32_t bits = bits_of(numbers[i]);
    const int32_t magnitude = bits & kMagnitudeBits;
    const int32_t subnormal = magnitude < smallest_normal ? magnitude : 0;
    const auto quanta = static_cast<int32_t>(float_of(subnormal) * to_quanta);
    const int32_t normal = (magnitude >> dropped) + offset;
    const int32_t place = magnitude < smallest_normal ? quanta : normal;
    places[i] = bits < 0 ? -place : place;
  }
}

QSWEEP_VECTORIZED
void pass_within(const float* x, const float* dy, float* dx, int64_t count, float limit) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = std::fabs(x[i]) <= limit ? dy[i] : 0.0F;
  }
}

}  // namespace qsweep::kernels
