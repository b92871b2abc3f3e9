#include "qsweep/quant/kernels/moments_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

namespace qsweep::kernels {

QSWEEP_VECTORIZED
Moments moments_of(const float* x, int64_t count) {
  double sum[kSumLanes] = {};
  double squares[kSumLanes] = {};
  const int64_t whole = count - count % kSumLanes;
  for (int64_t row = 0; row < whole; row += kSumLanes) {
#pragma GCC unroll 1  // unrolled, it would not be vectorized
    for (int64_t lane = 0; lane < kSumLanes; ++lane) {
      const auto value = static_cast<double>(x[row + lane]);
      sum[lane] += value;
      squares[lane] += value * value;
    }
  }
  Moments total;
  for (int64_t i = whole; i < count; ++i) {
    const auto value = static_cast<double>(x[i]);
    sum[i - whole] += value;
    squares[i - whole] += value * value;
  }
  for (int64_t lane = 0; lane < kSumLanes; ++lane) {
    total.sum += sum[lane];
    total.squares += squares[lane];
  }
  return total;
}

}  // namespace qsweep::kernels
