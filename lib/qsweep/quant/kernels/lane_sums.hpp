#pragma once

#include "qsweep/quant/kernels/vectorized.hpp"

#include <cstdint>

namespace qsweep::kernels {

/// The sum of x, in lanes side by side, since compilers do not reorder sums of floating-point
/// numbers. In double, so that rounded to float it is the same in whatever order the numbers came.
/// For loops marked QSWEEP_VECTORIZED.
inline double sum_in_lanes(const float* x, int64_t count) {
  double lanes[kSumLanes] = {};
  const int64_t rows = count / kSumLanes;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t lane = 0; lane < kSumLanes; ++lane) {
      lanes[lane] += static_cast<double>(x[row * kSumLanes + lane]);
    }
  }
  double sum = 0;
  for (const double lane : lanes) {
    sum += lane;
  }
  for (int64_t i = rows * kSumLanes; i < count; ++i) {
    sum += static_cast<double>(x[i]);
  }
  return sum;
}

}  // namespace qsweep::kernels
