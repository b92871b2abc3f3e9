#include "qsweep/quant/kernels/float_kernel.hpp"

#include <cmath>

namespace qsweep::kernels {
namespace {

// A loop of its own for each way to round, since a choice inside it would cost as much as the rest.
template <class Map>
QSWEEP_PART_OF_LOOP bool map_all(const float* x, float* y, int64_t count, Map map) {
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    bad |= non_finite(value);
    y[i] = map(value, i);
  }
  return bad == 0;
}

QSWEEP_VECTORIZED
bool even_scaled(
    const float* x, float* y, int64_t count, FloatRounding to, float scale, float inverse) {
  return map_all(x, y, count, [to, scale, inverse](float value, int64_t /*i*/) {
    return rounded_to_float<false>(value * inverse, to) * scale;
  });
}

QSWEEP_VECTORIZED
bool away_scaled(
    const float* x, float* y, int64_t count, FloatRounding to, float scale, float inverse) {
  return map_all(x, y, count, [to, scale, inverse](float value, int64_t /*i*/) {
    return rounded_to_float<true>(value * inverse, to) * scale;
  });
}

QSWEEP_VECTORIZED
bool even_wide(const float* x, float* y, int64_t count, FloatRounding to) {
  return map_all(x, y, count, [to](float value, int64_t /*i*/) {
    return rounded_to_wide_float<false>(value, to);
  });
}

QSWEEP_VECTORIZED
bool away_wide(const float* x, float* y, int64_t count, FloatRounding to) {
  return map_all(x, y, count, [to](float value, int64_t /*i*/) {
    return rounded_to_wide_float<true>(value, to);
  });
}

QSWEEP_VECTORIZED
bool even_row(const float* x,
              float* y,
              int64_t count,
              FloatRounding to,
              const float* scale,
              const float* inverse) {
  return map_all(x, y, count, [to, scale, inverse](float value, int64_t i) {
    return rounded_to_float<false>(value * inverse[i], to) * scale[i];
  });
}

QSWEEP_VECTORIZED
bool away_row(const float* x,
              float* y,
              int64_t count,
              FloatRounding to,
              const float* scale,
              const float* inverse) {
  return map_all(x, y, count, [to, scale, inverse](float value, int64_t i) {
    return rounded_to_float<true>(value * inverse[i], to) * scale[i];
  });
}

}  // namespace

bool round_to_float(
    const float* x, float* y, int64_t count, const FloatRounding& to, float scale, float inverse) {
  if (to.wide) {
    return to.ties_away ? away_wide(x, y, count, to) : even_wide(x, y, count, to);
  }
  return to.ties_away ? away_scaled(x, y, count, to, scale, inverse)
                      : even_scaled(x, y, count, to, scale, inverse);
}

bool round_to_float_row(const float* x,
                        float* y,
                        int64_t count,
                        const FloatRounding& to,
                        const float* scale,
                        const float* inverse) {
  return to.ties_away ? away_row(x, y, count, to, scale, inverse)
                      : even_row(x, y, count, to, scale, inverse);
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
