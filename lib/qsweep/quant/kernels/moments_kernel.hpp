#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// Sums over elements, in double.
struct Moments {
  double sum = 0;
  double absolute = 0;  // of |x|
  double squares = 0;   // of x^2
};

Moments moments_of(const float* x, int64_t count);

/// max|x|, of those that are no NaN; 0 of none.
float largest_magnitude(const float* x, int64_t count);

}  // namespace qsweep::kernels
