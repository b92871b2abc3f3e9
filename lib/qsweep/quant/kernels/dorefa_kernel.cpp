#include "qsweep/quant/kernels/dorefa_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {
namespace {

// Both give factor tanh(x) + offset; a factor in the coefficients costs a loop nothing.

// An odd polynomial of degree 13, of all with x + a x^3 + ... the one of the least relative error
// over [0, 1], 6e-8 before rounding (by Remez' exchange). Half the cost: nothing is divided.
class TanhUpToOne {
 public:
  QSWEEP_PART_OF_LOOP explicit TanhUpToOne(float factor)
      : c1_(factor),
        c3_(-0.333329856F * factor),
        c5_(0.133264095F * factor),
        c7_(-0.0534987077F * factor),
        c9_(0.0203597602F * factor),
        c11_(-0.00625933986F * factor),
        c13_(0.00105826487F * factor) {}

  QSWEEP_PART_OF_LOOP float operator()(float x, float offset) const {
    const float square = x * x;
    float power = std::fma(c13_, square, c11_);
    power = std::fma(power, square, c9_);
    power = std::fma(power, square, c7_);
    power = std::fma(power, square, c5_);
    power = std::fma(power, square, c3_);
    power = std::fma(power, square, c1_);
    return std::fma(power, x, offset);
  }

 private:
  float c1_, c3_, c5_, c7_, c9_, c11_, c13_;
};

// An odd polynomial of degree 9 over an even one of degree 8, of the least relative error over
// [0, 7.9], 6e-9 before rounding; beyond that tanh is 1 in float32.
class TanhOfAny {
 public:
  QSWEEP_PART_OF_LOOP explicit TanhOfAny(float factor)
      : c1_(factor),
        c3_(0.134502962F * factor),
        c5_(3.57860000e-3F * factor),
        c7_(2.20164127e-5F * factor),
        c9_(1.54174301e-8F * factor) {}

  QSWEEP_PART_OF_LOOP float operator()(float x, float offset) const {
    constexpr float kFlat = 7.90531111F;
    const float below = x < kFlat ? x : kFlat;
    const float v = below > -kFlat ? below : -kFlat;
    const float square = v * v;
    float above = std::fma(c9_, square, c7_);
    above = std::fma(above, square, c5_);
    above = std::fma(above, square, c3_);
    above = std::fma(above, square, c1_);
    float under = std::fma(8.59471634e-7F, square, 3.42299476e-4F);
    under = std::fma(under, square, 0.0261907650F);
    under = std::fma(under, square, 0.467836241F);
    under = std::fma(under, square, 1.0F);
    return v * above / under + offset;
  }

 private:
  float c1_, c3_, c5_, c7_, c9_;
};

template <class Tanh>
QSWEEP_PART_OF_LOOP bool dorefa_by(const float* x,
                                   float* y,
                                   int64_t count,
                                   const DorefaGrid& grid) {
  const Tanh place(grid.factor);
  const float middle = grid.top / 2;
  const float distance = 2.0F * grid.scale;  // of neighbours: (2 code - top) * scale, as exactly
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    y[i] = (std::rint(place(value, middle)) - middle) * distance;
  }
  return largest < kInfinityBits;
}

template <class Tanh>
QSWEEP_PART_OF_LOOP void backward_by(
    const float* x, const float* dy, float* dx, int64_t count, float slope) {
  const Tanh root(std::sqrt(slope));  // its square is slope tanh^2
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float t = root(x[i], 0.0F);
    dx[i] = dy[i] * std::fma(-t, t, slope);
  }
}

}  // namespace

TanhRange tanh_range(float largest) {
  return largest <= 1.0F ? TanhRange::One : TanhRange::Any;
}

float tanh(float x, TanhRange range) {
  return range == TanhRange::One ? TanhUpToOne(1.0F)(x, 0.0F) : TanhOfAny(1.0F)(x, 0.0F);
}

QSWEEP_VECTORIZED_FMA
bool dorefa(const float* x, float* y, int64_t count, const DorefaGrid& grid, TanhRange range) {
  return range == TanhRange::One ? dorefa_by<TanhUpToOne>(x, y, count, grid)
                                 : dorefa_by<TanhOfAny>(x, y, count, grid);
}

QSWEEP_VECTORIZED_FMA
void dorefa_backward(
    const float* x, const float* dy, float* dx, int64_t count, float slope, TanhRange range) {
  return range == TanhRange::One ? backward_by<TanhUpToOne>(x, dy, dx, count, slope)
                                 : backward_by<TanhOfAny>(x, dy, dx, count, slope);
}

}  // namespace qsweep::kernels
