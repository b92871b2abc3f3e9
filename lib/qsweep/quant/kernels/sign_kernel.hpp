#pragma once

#include "qsweep/quant/kernels/noise.hpp"

#include <cstdint>

namespace qsweep::kernels {

/// What stands for the derivative of the sign, at x:
///   Clipped     1[|x| <= 1], that of a hard tanh (BinaryNet)
///   Identity    1
///   Polynomial  max(2 - 2|x|, 0) (Bi-Real)
///   Tanh        max(1/t, 1) t (1 - tanh(t x)^2), t the sharpness (IR-Net)
///   Swish       b (2 - b x tanh(b x / 2)) / (1 + cosh(b x)), b the sharpness (BNN+)
struct SignSlope {
  enum class Shape { Clipped, Identity, Polynomial, Tanh, Swish };
  Shape shape = Shape::Clipped;
  float sharpness = 1;
};

/// `y[i]` is `scale` where x[i] >= 0, else `-scale`; x and y may be the same. True if every x is
/// finite.
bool sign(const float* x, float* y, int64_t count, float scale);

/// `y[i]` is 1 with the probability clip((x[i] + 1) / 2, 0, 1), else -1. `place` is that of x[0] in
/// the noise.
bool sign_stochastic(const float* x, float* y, int64_t count, const NoiseKey& noise, int64_t place);

/// `dx[i] = scale * dy[i] * slope(x[i])`.
void sign_backward(
    const float* x, const float* dy, float* dx, int64_t count, float scale, const SignSlope& slope);

/// The sum of dy[i] where x[i] >= 0, less that of the others: the gradient of the scale.
double sign_scale_gradient(const float* x, const float* dy, int64_t count);

/// Adds `size` times the sign of x[i], 0 at 0, to dx[i].
void add_signs(const float* x, float* dx, int64_t count, float size);

}  // namespace qsweep::kernels
