#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// Sums over elements, in double.
struct Moments {
  double sum = 0;
  double squares = 0;  // of x^2
};

Moments moments_of(const float* x, int64_t count);

}  // namespace qsweep::kernels
