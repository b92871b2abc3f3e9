#include "qsweep/quant/kernels/difference_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <cmath>

namespace qsweep::kernels {
namespace {

// One element; in integers, since loops do not vectorize conditions on conditions.
QSWEEP_PART_OF_LOOP void add_one(float x,
                                 float y,
                                 float level,
                                 float lowest,
                                 float highest,
                                 double& signal,
                                 double& noise,
                                 int32_t& beyond) {
  const auto exact = static_cast<double>(x);
  const double difference = exact - static_cast<double>(y);
  signal += exact * exact;
  noise += difference * difference;
  const float rounding = std::fabs(y) * kEndRounding;
  beyond += (static_cast<int32_t>(level == lowest) & static_cast<int32_t>(x < y - rounding)) |
            (static_cast<int32_t>(level == highest) & static_cast<int32_t>(x > y + rounding));
}

}  // namespace

QSWEEP_VECTORIZED
void add_differences(const float* x,
                     const float* y,
                     const float* level,
                     int64_t count,
                     float lowest,
                     float highest,
                     Differences& sums) {
  double signal[kSumLanes] = {};
  double noise[kSumLanes] = {};
  int32_t beyond[kSumLanes] = {};  // enough for 2^35 elements
  const int64_t whole = count - count % kSumLanes;
  for (int64_t row = 0; row < whole; row += kSumLanes) {
#pragma GCC unroll 1  // unrolled, it would not be vectorized
    for (int64_t lane = 0; lane < kSumLanes; ++lane) {
      const int64_t i = row + lane;
      add_one(x[i], y[i], level[i], lowest, highest, signal[lane], noise[lane], beyond[lane]);
    }
  }
  for (int64_t i = whole; i < count; ++i) {
    const int64_t lane = i - whole;
    add_one(x[i], y[i], level[i], lowest, highest, signal[lane], noise[lane], beyond[lane]);
  }
  for (int64_t lane = 0; lane < kSumLanes; ++lane) {
    sums.signal += signal[lane];
    sums.noise += noise[lane];
    sums.beyond += beyond[lane];
  }
}

}  // namespace qsweep::kernels
