#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// `y[i]` is `scale` where x[i] >= 0, else `-scale`; x and y may be the same. True if every x is
/// finite.
bool sign(const float* x, float* y, int64_t count, float scale);

/// The gradient of a hard tanh: `dx[i] = scale * dy[i]` where |x[i]| <= 1, else 0.
void sign_backward(const float* x, const float* dy, float* dx, int64_t count, float scale);

}  // namespace qsweep::kernels
