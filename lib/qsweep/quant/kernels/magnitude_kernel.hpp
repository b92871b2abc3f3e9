#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// The sum of |x[i]|.
double sum_of_magnitudes(const float* x, int64_t count);

/// The largest |x[i]|, of those that are no NaN; 0 of none.
float largest_magnitude(const float* x, int64_t count);

struct Above {
  double sum = 0;    // of |x[i]|
  double count = 0;  // of elements
};

/// Of the elements with |x[i]| > threshold.
Above magnitudes_above(const float* x, int64_t count, float threshold);

}  // namespace qsweep::kernels
