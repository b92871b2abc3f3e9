#pragma once

#include "qsweep/quant/kernels/uniform_kernel.hpp"

#include <limits>

// One element on a uniform grid, for the bodies of loops.

namespace qsweep::kernels {

// torch rounds through int64: what does not fit, NaN included, becomes the smallest integer there.
constexpr float kInt64Limit = 9223372036854775808.0F;

// Where x lies on the grid, before rounding and clipping.
inline float place_of(float x, float inverse) {
  const float place = x * inverse;
  return place < kInt64Limit ? place : -std::numeric_limits<float>::infinity();
}

inline float raised(float x, float floor) {
  return x > floor ? x : floor;
}

inline float clipped(float code, float low, float high) {
  const float at_least_low = code > low ? code : low;  // NaN becomes low
  return at_least_low < high ? at_least_low : high;
}

// Of numbers below 2^22: beside 1.5 * 2^23 there is room for integers alone, so the sum rounds,
// ties to even. Never -0, as torch's way through integers.
inline float rounded(float place) {
  constexpr float kNoFraction = 12582912.0F;
  return (place + kNoFraction) - kNoFraction;
}

// The ends are whole numbers, so clipping may come before rounding.
inline float quantized(float x, const Grid& grid) {
  const float place = place_of(raised(x, grid.floor), grid.inverse);
  return rounded(clipped(place, grid.low, grid.high)) * grid.scale;
}

// The same where `place` fits. The floor, if there is one, is 0, which is a place too.
inline float quantized_fitting(float x, const Grid& grid) {
  const float low = raised(grid.low, grid.floor);
  return rounded(clipped(x * grid.inverse, low, grid.high)) * grid.scale;
}

}  // namespace qsweep::kernels
