#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// Three values: `positive` where x > threshold, `-negative` where x < -threshold, else 0.
struct Ternary {
  float threshold = 0;
  float positive = 1;
  float negative = 1;
};

/// `y[i]` from `x[i]`; x and y may be the same. True if every x is finite.
bool ternary(const float* x, float* y, int64_t count, const Ternary& levels);

/// TTQ's: `dx[i]` is dy[i] times `positive`, `negative` or, in the middle, 1. Adds the gradients of
/// `positive` and of `negative` to sums[0] and sums[1].
void ternary_backward(
    const float* x, const float* dy, float* dx, int64_t count, const Ternary& levels, double* sums);

}  // namespace qsweep::kernels
