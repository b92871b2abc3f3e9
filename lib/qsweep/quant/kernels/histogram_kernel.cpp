#include "qsweep/quant/kernels/histogram_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {
namespace {

constexpr int64_t kBlock = 1024;  // bin numbers that stay in the fastest cache

// The numbers of the bins; returns how many values are zero.
QSWEEP_VECTORIZED
int32_t find_bins(const float* x, int64_t count, float inverse, int32_t below, int32_t* bins) {
  int32_t zeros = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    zeros += static_cast<int32_t>(value == 0.0F);
    bins[i] = static_cast<int32_t>(std::floor(value * inverse)) + below;
  }
  return zeros;
}

}  // namespace

int64_t count_into(const float* x, int64_t count, const Bins& bins) {
  int32_t numbers[kBlock];
  int64_t zeros = 0;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t size = std::min(kBlock, count - first);
    zeros += find_bins(x + first, size, bins.inverse, bins.below, numbers);
    for (int64_t i = 0; i < size; ++i) {
      ++bins.counts[numbers[i]];
    }
  }
  return zeros;
}

}  // namespace qsweep::kernels
