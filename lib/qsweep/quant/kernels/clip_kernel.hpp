#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// The gradient of a clip: `dx[i]` is `dy[i]` where low <= x[i] < high, else 0. Returns the sum of
/// dy where x >= high: the gradient of `high`.
double clip_backward(
    const float* x, const float* dy, float* dx, int64_t count, float low, float high);

}  // namespace qsweep::kernels
