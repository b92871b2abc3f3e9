#include "qsweep/quant/kernels/magnitude_kernel.hpp"

#include "qsweep/quant/kernels/lane_sums.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {
namespace {

struct Magnitudes {
  const float* x;
  QSWEEP_PART_OF_LOOP float operator()(int64_t i) const { return std::fabs(x[i]); }
};

struct MagnitudesAbove {
  const float* x;
  float threshold;
  QSWEEP_PART_OF_LOOP float operator()(int64_t i) const {
    const float magnitude = std::fabs(x[i]);
    return magnitude > threshold ? magnitude : 0.0F;
  }
};

}  // namespace

QSWEEP_VECTORIZED
double sum_of_magnitudes(const float* x, int64_t count) {
  return sum_in_lanes(count, Magnitudes{x});
}

QSWEEP_VECTORIZED
float largest_magnitude(const float* x, int64_t count) {
  float largest[kSumLanes] = {};
  const int64_t whole = count - count % kSumLanes;
  for (int64_t row = 0; row < whole; row += kSumLanes) {
#pragma GCC unroll 1  // unrolled, it would not be vectorized
    for (int64_t lane = 0; lane < kSumLanes; ++lane) {
      const float size = std::fabs(x[row + lane]);
      largest[lane] = size > largest[lane] ? size : largest[lane];
    }
  }
  float result = 0.0F;
  for (int64_t i = whole; i < count; ++i) {
    result = std::fmax(result, std::fabs(x[i]));
  }
  for (const float size : largest) {
    result = std::fmax(result, size);
  }
  return result;
}

QSWEEP_VECTORIZED
Above magnitudes_above(const float* x, int64_t count, float threshold) {
  constexpr int64_t kBlock = int64_t{1} << 30;  // of elements that an int32_t counts
  Above above;
  above.sum = sum_in_lanes(count, MagnitudesAbove{x, threshold});
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t end = std::min(count, first + kBlock);
    int32_t found = 0;
    for (int64_t i = first; i < end; ++i) {
      found += static_cast<int32_t>(std::fabs(x[i]) > threshold);
    }
    above.count += found;
  }
  return above;
}

}  // namespace qsweep::kernels
