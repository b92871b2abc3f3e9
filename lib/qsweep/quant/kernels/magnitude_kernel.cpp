#include "qsweep/quant/kernels/magnitude_kernel.hpp"

#include "qsweep/quant/kernels/lane_sums.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <cmath>

namespace qsweep::kernels {
namespace {

struct Magnitudes {
  const float* x;
  QSWEEP_PART_OF_LOOP float operator()(int64_t i) const { return std::fabs(x[i]); }
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
  double sums[kSumLanes] = {};
  int32_t counts[kSumLanes] = {};  // enough for 2^35 elements
  const int64_t whole = count - count % kSumLanes;
  for (int64_t row = 0; row < whole; row += kSumLanes) {
#pragma GCC unroll 1  // unrolled, it would not be vectorized
    for (int64_t lane = 0; lane < kSumLanes; ++lane) {
      const float magnitude = std::fabs(x[row + lane]);
      sums[lane] += static_cast<double>(magnitude > threshold ? magnitude : 0.0F);
      counts[lane] += magnitude > threshold ? 1 : 0;
    }
  }
  Above above;
  for (int64_t lane = 0; lane < kSumLanes; ++lane) {
    above.sum += sums[lane];
    above.count += counts[lane];
  }
  for (int64_t i = whole; i < count; ++i) {
    const float magnitude = std::fabs(x[i]);
    above.sum += static_cast<double>(magnitude > threshold ? magnitude : 0.0F);
    above.count += magnitude > threshold ? 1 : 0;
  }
  return above;
}

}  // namespace qsweep::kernels
