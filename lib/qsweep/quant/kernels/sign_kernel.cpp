#include "qsweep/quant/kernels/sign_kernel.hpp"

#include "qsweep/quant/kernels/exponential.hpp"
#include "qsweep/quant/kernels/lane_sums.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {

QSWEEP_VECTORIZED
bool sign(const float* x, float* y, int64_t count, float scale) {
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    y[i] = value >= 0.0F ? scale : -scale;
  }
  return largest < kInfinityBits;
}

QSWEEP_VECTORIZED
bool sign_stochastic(
    const float* x, float* y, int64_t count, const NoiseKey& noise, int64_t place) {
  const NoiseKey own = noise;
  const auto first = static_cast<uint32_t>(place);
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    const float threshold = 2.0F * noise_at(own, first + static_cast<uint32_t>(i)) - 1.0F;
    y[i] = value > threshold ? 1.0F : -1.0F;
  }
  return largest < kInfinityBits;
}

namespace {

QSWEEP_VECTORIZED
void clipped_backward(const float* x, const float* dy, float* dx, int64_t count, float scale) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = std::fabs(x[i]) <= 1.0F ? dy[i] * scale : 0.0F;
  }
}

QSWEEP_VECTORIZED
void identity_backward(const float* dy, float* dx, int64_t count, float scale) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = dy[i] * scale;
  }
}

QSWEEP_VECTORIZED
void polynomial_backward(const float* x, const float* dy, float* dx, int64_t count, float scale) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float slope = 2.0F - 2.0F * std::fabs(x[i]);
    dx[i] = dy[i] * scale * (slope > 0.0F ? slope : 0.0F);
  }
}

// 1 - tanh(z)^2 = 4 e / (1 + e)^2 with e = exp(-2 |z|).
QSWEEP_VECTORIZED
void tanh_backward(
    const float* x, const float* dy, float* dx, int64_t count, float scale, float sharpness) {
  const float height = 4.0F * scale * (sharpness > 1.0F ? sharpness : 1.0F);
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float e = exp_negative(-2.0F * sharpness * std::fabs(x[i]));
    dx[i] = dy[i] * (height * e / ((1.0F + e) * (1.0F + e)));
  }
}

// With z = |b x| and e = exp(-z): tanh(z / 2) = (1 - e) / (1 + e), 1 + cosh(z) = (1 + e)^2 / (2 e).
QSWEEP_VECTORIZED
void swish_backward(
    const float* x, const float* dy, float* dx, int64_t count, float scale, float sharpness) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float far = sharpness * std::fabs(x[i]);
    const float z = far < 87.0F ? far : 87.0F;
    const float e = exp_negative(-z);
    const float sum = 1.0F + e;
    const float slope = (2.0F - z * (1.0F - e) / sum) * 2.0F * e / (sum * sum);
    dx[i] = dy[i] * (scale * sharpness * slope);
  }
}

}  // namespace

void sign_backward(const float* x,
                   const float* dy,
                   float* dx,
                   int64_t count,
                   float scale,
                   const SignSlope& slope) {
  switch (slope.shape) {
    case SignSlope::Shape::Clipped:
      return clipped_backward(x, dy, dx, count, scale);
    case SignSlope::Shape::Identity:
      return identity_backward(dy, dx, count, scale);
    case SignSlope::Shape::Polynomial:
      return polynomial_backward(x, dy, dx, count, scale);
    case SignSlope::Shape::Tanh:
      return tanh_backward(x, dy, dx, count, scale, slope.sharpness);
    case SignSlope::Shape::Swish:
      return swish_backward(x, dy, dx, count, scale, slope.sharpness);
  }
}

QSWEEP_VECTORIZED
double sign_scale_gradient(const float* x, const float* dy, int64_t count) {
  double sum = 0;
  for (int64_t first = 0; first < count; first += kSumBlock) {
    const int64_t end = std::min(count, first + kSumBlock);
    const int64_t whole = end - (end - first) % kSumLanes;
    LaneSum signed_dy;
    for (int64_t row = first; row < whole; row += kSumLanes) {
      float shares[kSumLanes];
#pragma GCC unroll 1  // unrolled, it would not be vectorized
      for (int64_t lane = 0; lane < kSumLanes; ++lane) {
        const float gradient = dy[row + lane];
        shares[lane] = x[row + lane] >= 0.0F ? gradient : -gradient;
      }
      signed_dy.add(shares);
    }
    sum += signed_dy.total();
    for (int64_t i = whole; i < end; ++i) {
      sum += static_cast<double>(x[i] >= 0.0F ? dy[i] : -dy[i]);
    }
  }
  return sum;
}

QSWEEP_VECTORIZED
void add_signs(const float* x, float* dx, int64_t count, float size) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    dx[i] += (value > 0.0F ? size : 0.0F) - (value < 0.0F ? size : 0.0F);
  }
}

}  // namespace qsweep::kernels
