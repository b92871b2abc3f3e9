#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// Bins of one row of a histogram: bin i holds the x with floor(x * inverse) = i - below.
struct Bins {
  float inverse = 1;  // 1 / width, a power of two, so that the product is exact
  int32_t below = 0;  // bins below zero
  int64_t* counts = nullptr;
};

/// Counts every x, all of which lie within the bins. Returns how many are exactly zero.
int64_t count_into(const float* x, int64_t count, const Bins& bins);

}  // namespace qsweep::kernels
