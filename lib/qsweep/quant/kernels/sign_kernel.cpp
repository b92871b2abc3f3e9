#include "qsweep/quant/kernels/sign_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <cmath>

namespace qsweep::kernels {

QSWEEP_VECTORIZED
bool sign(const float* x, float* y, int64_t count, float scale) {
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    bad |= non_finite(value);
    y[i] = value >= 0.0F ? scale : -scale;
  }
  return bad == 0;
}

QSWEEP_VECTORIZED
void sign_backward(const float* x, const float* dy, float* dx, int64_t count, float scale) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = std::fabs(x[i]) <= 1.0F ? dy[i] * scale : 0.0F;
  }
}

}  // namespace qsweep::kernels
