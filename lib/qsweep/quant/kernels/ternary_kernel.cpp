#include "qsweep/quant/kernels/ternary_kernel.hpp"

#include "qsweep/quant/kernels/lane_sums.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>

namespace qsweep::kernels {

QSWEEP_VECTORIZED
bool ternary(const float* x, float* y, int64_t count, const Ternary& levels) {
  const Ternary own = levels;
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    const float above = value > own.threshold ? own.positive : 0.0F;
    const float below = value < -own.threshold ? own.negative : 0.0F;
    y[i] = above - below;
  }
  return largest < kInfinityBits;
}

QSWEEP_VECTORIZED
void ternary_backward(const float* x,
                      const float* dy,
                      float* dx,
                      int64_t count,
                      const Ternary& levels,
                      double* sums) {
  const Ternary own = levels;
  float above[kSumBlock];  // the gradients of what lies there
  float below[kSumBlock];
  for (int64_t first = 0; first < count; first += kSumBlock) {
    const int64_t length = std::min(kSumBlock, count - first);
    const float* values = x + first;
    const float* from = dy + first;
    float* to = dx + first;
#pragma GCC ivdep
    for (int64_t i = 0; i < length; ++i) {
      const float value = values[i];
      const float gradient = from[i];
      const float lower = value < -own.threshold ? own.negative : 1.0F;
      to[i] = gradient * (value > own.threshold ? own.positive : lower);
      above[i] = value > own.threshold ? gradient : 0.0F;
      below[i] = value < -own.threshold ? gradient : 0.0F;
    }
    sums[0] += sum_in_lanes(above, length);
    sums[1] -= sum_in_lanes(below, length);
  }
}

}  // namespace qsweep::kernels
