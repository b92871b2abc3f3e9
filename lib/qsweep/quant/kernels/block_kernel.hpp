#pragma once

#include "qsweep/quant/kernels/float_rounding.hpp"

#include <cstdint>

namespace qsweep::kernels {

/// Blocks of elements that share a scale: a power of two (MX), or a small float times the scale of
/// the whole tensor (NVFP4).
struct BlockFormat {
  FloatRounding elements;
  int32_t max_exponent = 0;  // of elements: the scale is 2^(floor(log2 max|x|) - max_exponent), or
  bool float_scale = false;  // tensor_scale times max|x| * to_scale rounded to
  FloatRounding scale;       // this,
  float min_scale = 0;       // and at least this
  float tensor_scale = 1;
  float to_scale = 1;     // 1 / (elements.max tensor_scale)
  bool unscaled = false;  // blocks become the elements' numbers, not times their scale
};

/// `blocks` blocks of `size` neighbours. x and y may be the same. True if every x is finite.
bool quantize_blocks(
    const float* x, float* y, int64_t blocks, int64_t size, const BlockFormat& format);

/// Blocks side by side: block i is column i of `rows` rows, which lie `stride` apart.
bool quantize_columns(const float* x,
                      float* y,
                      int64_t rows,
                      int64_t columns,
                      int64_t stride,
                      const BlockFormat& format);

}  // namespace qsweep::kernels
