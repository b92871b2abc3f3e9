#include "qsweep/quant/kernels/extremes_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>

namespace qsweep::kernels {
namespace {

QSWEEP_PART_OF_LOOP int32_t extend_row(const float* x, int64_t lanes, float* low, float* high) {
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t lane = 0; lane < lanes; ++lane) {
    const float value = x[lane];
    largest = std::max(largest, magnitude_bits(value));
    low[lane] = value < low[lane] ? value : low[lane];
    high[lane] = value > high[lane] ? value : high[lane];
  }
  return largest;
}

}  // namespace

QSWEEP_VECTORIZED
bool extend(const float* x, int64_t count, int64_t lanes, float* low, float* high) {
  int32_t largest = 0;
  int64_t first = 0;
  for (; first + lanes <= count; first += lanes) {
    largest = std::max(largest, extend_row(x + first, lanes, low, high));
  }
  largest = std::max(largest, extend_row(x + first, count - first, low, high));
  return largest < kInfinityBits;
}

}  // namespace qsweep::kernels
