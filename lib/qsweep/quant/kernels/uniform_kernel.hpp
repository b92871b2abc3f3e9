#pragma once

#include "qsweep/quant/kernels/noise.hpp"

#include <cstdint>
#include <limits>
#include <vector>

namespace qsweep::kernels {

/// A uniform grid: x becomes clip(round(x / scale), low, high) * scale, where low and high are the
/// ends of the code range less the zero point, whole numbers below 2^22. Rounding is to nearest,
/// ties to even; x is multiplied by the reciprocal of the scale in float32. Bit for bit
/// torch.fake_quantize_per_tensor_affine.
struct Grid {
  float scale;
  float inverse;  // 1 / scale, in float32
  float low;
  float high;
  float floor = -std::numeric_limits<float>::infinity();  // smaller x count as it: 0 for relu(x)
};

/// `y[i]` from `x[i]`; x and y may be the same. True if every x is finite.
bool fake_quantize(const float* x, float* y, int64_t count, const Grid& grid);

/// `y[i]` from a[i] + b[i]; y may be a or b. True if every sum is finite.
bool fake_quantize_sum(const float* a, const float* b, float* y, int64_t count, const Grid& grid);

/// The same with stochastic rounding: x / scale becomes one of its two neighbours, the upper one
/// with the probability of the distance from the lower one. `place` is that of x[0] in the noise.
bool fake_quantize_stochastic(const float* x,
                              float* y,
                              int64_t count,
                              const Grid& grid,
                              const NoiseKey& noise,
                              int64_t place);

/// The grids of a row of elements, one per column, as columns of their own: what vector units load.
struct GridRow {
  std::vector<float> scale;
  std::vector<float> inverse;
  std::vector<float> low;
  std::vector<float> high;
  float floor = -std::numeric_limits<float>::infinity();  // of all
  float largest_inverse = 0;
};

/// The same for rows of as many elements as `row` has grids. `count` need not be whole rows.
bool fake_quantize_rows(const float* x, float* y, int64_t count, const GridRow& row);
bool fake_quantize_rows_stochastic(const float* x,
                                   float* y,
                                   int64_t count,
                                   const GridRow& row,
                                   const NoiseKey& noise,
                                   int64_t place);

/// Straight-through with clipping: `dx[i]` is `dy[i]` where the rounded x lies within the grid,
/// else 0.
void fake_quantize_backward(
    const float* x, const float* dy, float* dx, int64_t count, const Grid& grid);

/// The same for rows, as above.
void fake_quantize_rows_backward(
    const float* x, const float* dy, float* dx, int64_t count, const GridRow& row);
void fake_quantize_relu_rows_backward(
    const float* x, const float* dy, float* dx, int64_t count, const GridRow& row);

/// The gradient of a ReLU and the grid behind it: 0 also where x <= 0.
void fake_quantize_relu_backward(
    const float* x, const float* dy, float* dx, int64_t count, const Grid& grid);

}  // namespace qsweep::kernels
