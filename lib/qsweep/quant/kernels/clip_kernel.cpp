#include "qsweep/quant/kernels/clip_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>

namespace qsweep::kernels {
namespace {

inline void add_gradient(float x, float dy, float& dx, float low, float high, float& sum) {
  const bool inside = (static_cast<int32_t>(x >= low) & static_cast<int32_t>(x < high)) != 0;
  sum += x >= high ? dy : 0.0F;
  dx = inside ? dy : 0.0F;
}

}  // namespace

QSWEEP_VECTORIZED
double clip_backward(
    const float* x, const float* dy, float* dx, int64_t count, float low, float high) {
  double total = 0;
  for (int64_t first = 0; first < count; first += kSumBlock) {
    const int64_t end = std::min(count, first + kSumBlock);
    const int64_t whole = end - (end - first) % kSumLanes;
    float sum[kSumLanes] = {};
    for (int64_t row = first; row < whole; row += kSumLanes) {
#pragma GCC ivdep
      for (int64_t lane = 0; lane < kSumLanes; ++lane) {
        add_gradient(x[row + lane], dy[row + lane], dx[row + lane], low, high, sum[lane]);
      }
    }
    for (int64_t i = whole; i < end; ++i) {
      add_gradient(x[i], dy[i], dx[i], low, high, sum[i - whole]);
    }
    for (const float part : sum) {
      total += static_cast<double>(part);
    }
  }
  return total;
}

}  // namespace qsweep::kernels
