#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// tanh, to a few units in the last place: a ratio of polynomials, since std::tanh stays scalar.
float tanh(float x);

/// DoReFa's weights: with code = round(tanh(x) * factor + top / 2) in [0, top], x becomes
/// (2 code - top) * scale.
struct DorefaGrid {
  float factor;
  float top;  // the highest code
  float scale;
};

/// `y[i]` from `x[i]`; x and y may be the same. True if every x is finite.
bool dorefa(const float* x, float* y, int64_t count, const DorefaGrid& grid);

/// `dx[i] = dy[i] * (1 - tanh(x[i])^2) * slope`.
void dorefa_backward(const float* x, const float* dy, float* dx, int64_t count, float slope);

}  // namespace qsweep::kernels
