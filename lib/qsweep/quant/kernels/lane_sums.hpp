#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// The sum of x, in lanes side by side, since compilers do not reorder sums of floating-point
/// numbers. In double, so that rounded to float it is the same in whatever order the numbers came.
/// For loops marked QSWEEP_VECTORIZED.
inline double sum_in_lanes(const float* x, int64_t count) {
  constexpr int64_t kLanes = 16;
  double lanes[kLanes] = {};
  const int64_t rows = count / kLanes;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] += static_cast<double>(x[row * kLanes + lane]);
    }
  }
  double sum = 0;
  for (const double lane : lanes) {
    sum += lane;
  }
  for (int64_t i = rows * kLanes; i < count; ++i) {
    sum += static_cast<double>(x[i]);
  }
  return sum;
}

/// So many elements at a time are prepared for a sum: they stay in the nearest cache.
constexpr int64_t kSumBlock = 1024;

}  // namespace qsweep::kernels
