#include "qsweep/quant/kernels/magnitude_kernel.hpp"

#include "qsweep/quant/kernels/lane_sums.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {

QSWEEP_VECTORIZED
double sum_of_magnitudes(const float* x, int64_t count) {
  float magnitudes[kSumBlock];
  double sum = 0;
  for (int64_t first = 0; first < count; first += kSumBlock) {
    const int64_t length = std::min(kSumBlock, count - first);
    for (int64_t i = 0; i < length; ++i) {
      magnitudes[i] = std::fabs(x[first + i]);
    }
    sum += sum_in_lanes(magnitudes, length);
  }
  return sum;
}

QSWEEP_VECTORIZED
Above magnitudes_above(const float* x, int64_t count, float threshold) {
  float kept[kSumBlock];
  Above above;
  for (int64_t first = 0; first < count; first += kSumBlock) {
    const int64_t length = std::min(kSumBlock, count - first);
    int32_t found = 0;
    for (int64_t i = 0; i < length; ++i) {
      const float magnitude = std::fabs(x[first + i]);
      kept[i] = magnitude > threshold ? magnitude : 0.0F;
      found += static_cast<int32_t>(magnitude > threshold);
    }
    above.sum += sum_in_lanes(kept, length);
    above.count += found;
  }
  return above;
}

}  // namespace qsweep::kernels
