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

namespace {

// The gradients of what lies beyond the threshold on either side, among kSumLanes neighbours.
struct Beyond {
  float above[kSumLanes];
  float below[kSumLanes];
};

QSWEEP_PART_OF_LOOP void find_gradients(
    float x, float dy, float& dx, const Ternary& levels, float& above, float& below) {
  const float lower = x < -levels.threshold ? levels.negative : 1.0F;
  dx = dy * (x > levels.threshold ? levels.positive : lower);
  above = x > levels.threshold ? dy : 0.0F;
  below = x < -levels.threshold ? dy : 0.0F;
}

}  // namespace

QSWEEP_VECTORIZED
void ternary_backward(const float* x,
                      const float* dy,
                      float* dx,
                      int64_t count,
                      const Ternary& levels,
                      double* sums) {
  const Ternary own = levels;
  for (int64_t first = 0; first < count; first += kSumBlock) {
    const int64_t end = std::min(count, first + kSumBlock);
    const int64_t whole = end - (end - first) % kSumLanes;
    LaneSum above;
    LaneSum below;
    for (int64_t row = first; row < whole; row += kSumLanes) {
      Beyond beyond;
#pragma GCC ivdep
#pragma GCC unroll 1  // unrolled, it would not be vectorized
      for (int64_t lane = 0; lane < kSumLanes; ++lane) {
        const int64_t i = row + lane;
        find_gradients(x[i], dy[i], dx[i], own, beyond.above[lane], beyond.below[lane]);
      }
      above.add(beyond.above);
      below.add(beyond.below);
    }
    Beyond rest{};
    for (int64_t i = whole; i < end; ++i) {
      const int64_t lane = i - whole;
      find_gradients(x[i], dy[i], dx[i], own, rest.above[lane], rest.below[lane]);
    }
    above.add(rest.above);
    below.add(rest.below);
    sums[0] += above.total();
    sums[1] -= below.total();
  }
}

}  // namespace qsweep::kernels
