#include "qsweep/quant/kernels/dorefa_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {
namespace {

// Sums of products rounded once: half the instructions. On processors without them std::fma gives
// the same numbers, slowly.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define QSWEEP_VECTORIZED_FMA __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define QSWEEP_VECTORIZED_FMA
#endif

// An odd polynomial of degree 13 over an even one of degree 6; beyond +-7.9 tanh is 1 in float32.
QSWEEP_PART_OF_LOOP float tanh_of_any(float x) {
  constexpr float kFlat = 7.90531110763549805F;
  const float below = x < kFlat ? x : kFlat;
  const float v = below > -kFlat ? below : -kFlat;
  const float square = v * v;
  float above = std::fma(-2.76076847742355e-16F, square, 2.00018790482477e-13F);
  above = std::fma(above, square, -8.60467152213735e-11F);
  above = std::fma(above, square, 5.12229709037114e-08F);
  above = std::fma(above, square, 1.48572235717979e-05F);
  above = std::fma(above, square, 6.37261928875436e-04F);
  above = std::fma(above, square, 4.89352455891786e-03F);
  float under = std::fma(1.19825839466702e-06F, square, 1.18534705686654e-04F);
  under = std::fma(under, square, 2.26843463243900e-03F);
  under = std::fma(under, square, 4.89352518554385e-03F);
  return v * above / under;
}

// An odd polynomial of degree 13, of all with x + a x^3 + ... the one of the least relative error
// over [0, 1], 6e-8 before rounding (by Remez' exchange). Half the cost: nothing is divided.
QSWEEP_PART_OF_LOOP float tanh_up_to_one(float x) {
  const float square = x * x;
  float power = std::fma(0.00105826487F, square, -0.00625933986F);
  power = std::fma(power, square, 0.0203597602F);
  power = std::fma(power, square, -0.0534987077F);
  power = std::fma(power, square, 0.133264095F);
  power = std::fma(power, square, -0.333329856F);
  return std::fma(power * square, x, x);
}

template <TanhRange kRange>
QSWEEP_PART_OF_LOOP float tanh_of(float x) {
  return kRange == TanhRange::One ? tanh_up_to_one(x) : tanh_of_any(x);
}

template <TanhRange kRange>
QSWEEP_PART_OF_LOOP bool dorefa_in(const float* x,
                                   float* y,
                                   int64_t count,
                                   const DorefaGrid& grid) {
  const DorefaGrid own = grid;  // a copy that the stores to y cannot change
  const float middle = own.top / 2;
  const float distance = 2.0F * own.scale;  // of neighbours: (2 code - top) * scale, as exactly
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    const float code = std::rint(std::fma(tanh_of<kRange>(value), own.factor, middle));
    y[i] = (code - middle) * distance;
  }
  return largest < kInfinityBits;
}

template <TanhRange kRange>
QSWEEP_PART_OF_LOOP void backward_in(
    const float* x, const float* dy, float* dx, int64_t count, float slope) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float t = tanh_of<kRange>(x[i]);
    dx[i] = dy[i] * ((1.0F - t * t) * slope);
  }
}

}  // namespace

TanhRange tanh_range(float largest) {
  return largest <= 1.0F ? TanhRange::One : TanhRange::Any;
}

float tanh(float x, TanhRange range) {
  return range == TanhRange::One ? tanh_up_to_one(x) : tanh_of_any(x);
}

QSWEEP_VECTORIZED_FMA
bool dorefa(const float* x, float* y, int64_t count, const DorefaGrid& grid, TanhRange range) {
  return range == TanhRange::One ? dorefa_in<TanhRange::One>(x, y, count, grid)
                                 : dorefa_in<TanhRange::Any>(x, y, count, grid);
}

QSWEEP_VECTORIZED_FMA
void dorefa_backward(
    const float* x, const float* dy, float* dx, int64_t count, float slope, TanhRange range) {
  return range == TanhRange::One ? backward_in<TanhRange::One>(x, dy, dx, count, slope)
                                 : backward_in<TanhRange::Any>(x, dy, dx, count, slope);
}

}  // namespace qsweep::kernels
