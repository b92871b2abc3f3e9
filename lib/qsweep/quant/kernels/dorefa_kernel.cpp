#include "qsweep/quant/kernels/dorefa_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <cmath>

namespace qsweep::kernels {
namespace {

// An odd polynomial of degree 13 over an even one of degree 6; beyond +-7.9 tanh is 1 in float32.
inline float tanh_of(float x) {
  constexpr float kFlat = 7.90531110763549805F;
  const float below = x < kFlat ? x : kFlat;
  const float v = below > -kFlat ? below : -kFlat;
  const float square = v * v;
  float above = -2.76076847742355e-16F;
  above = above * square + 2.00018790482477e-13F;
  above = above * square - 8.60467152213735e-11F;
  above = above * square + 5.12229709037114e-08F;
  above = above * square + 1.48572235717979e-05F;
  above = above * square + 6.37261928875436e-04F;
  above = above * square + 4.89352455891786e-03F;
  float under = 1.19825839466702e-06F;
  under = under * square + 1.18534705686654e-04F;
  under = under * square + 2.26843463243900e-03F;
  under = under * square + 4.89352518554385e-03F;
  return v * above / under;
}

}  // namespace

float tanh(float x) {
  return tanh_of(x);
}

QSWEEP_VECTORIZED
bool dorefa(const float* x, float* y, int64_t count, const DorefaGrid& grid) {
  const DorefaGrid own = grid;  // a copy that the stores to y cannot change
  const float middle = own.top / 2;
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    bad |= non_finite(value);
    const float code = std::rint(tanh_of(value) * own.factor + middle);
    const float at_least_0 = code > 0.0F ? code : 0.0F;
    const float clipped = at_least_0 < own.top ? at_least_0 : own.top;
    y[i] = (2.0F * clipped - own.top) * own.scale;
  }
  return bad == 0;
}

QSWEEP_VECTORIZED
void dorefa_backward(const float* x, const float* dy, float* dx, int64_t count, float slope) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float t = tanh_of(x[i]);
    dx[i] = dy[i] * ((1.0F - t * t) * slope);
  }
}

}  // namespace qsweep::kernels
