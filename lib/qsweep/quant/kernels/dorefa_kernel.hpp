#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// What all |x| are at most: 1, where a polynomial gives tanh, or anything, where it takes a ratio
/// of two.
enum class TanhRange { One, Any };
TanhRange tanh_range(float largest);

/// tanh, to a few units in the last place; plain arithmetic, since std::tanh stays scalar.
float tanh(float x, TanhRange range);

/// DoReFa's weights of many levels (of few: dorefa_cuts.hpp): with code = round(tanh(x) * factor + top / 2), x becomes (2 code - top) *
/// scale. The factor follows from the largest |x|, so that codes need not be clipped to [0, top].
struct DorefaGrid {
  float factor;  // top / (2 tanh(largest |x|))
  float top;     // the highest code
  float scale;
};

/// `y[i]` from `x[i]`; x and y may be the same. True if every x is finite.
bool dorefa(const float* x, float* y, int64_t count, const DorefaGrid& grid, TanhRange range);

/// `dx[i] = dy[i] * (1 - tanh(x[i])^2) * slope`.
void dorefa_backward(
    const float* x, const float* dy, float* dx, int64_t count, float slope, TanhRange range);

}  // namespace qsweep::kernels
