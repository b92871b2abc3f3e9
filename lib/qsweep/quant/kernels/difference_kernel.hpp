#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// Of a level: where a range ends at max|x|, rounding of the scale may put the last level short of
/// it, which clips nothing.
constexpr float kEndRounding = 0x1p-22F;

/// Sums over elements x that were quantized to y.
struct Differences {
  double signal = 0;   // of x^2
  double noise = 0;    // of (x - y)^2
  int64_t beyond = 0;  // x below the lowest or above the highest level, by more than rounding
};

/// Adds `count` elements, whose levels are told by `level`: y itself, or y over its scale. `lowest`
/// and `highest` are those of the ends; NaN where an end is of no interest.
void add_differences(const float* x,
                     const float* y,
                     const float* level,
                     int64_t count,
                     float lowest,
                     float highest,
                     Differences& sums);

}  // namespace qsweep::kernels
