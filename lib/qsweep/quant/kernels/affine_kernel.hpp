#pragma once

#include "qsweep/quant/kernels/uniform_kernel.hpp"

#include <cstdint>
#include <vector>

namespace qsweep::kernels {

/// What multiplies and adds per column of rows of elements: x becomes x * factor + summand.
struct AffineRow {
  std::vector<float> factor;  // of each column; may be several rows on end, for longer loops
  std::vector<float> summand;
  bool rounds_once = false;  // a fused multiply-add, or a product and a sum that are both rounded
};

/// `y[i]` from `x[i]`; x and y may be the same. `count` need not be whole rows.
void map_affine(const float* x, float* y, int64_t count, const AffineRow& row);

/// Would that give y, bit for bit?
bool is_affine(const float* x, const float* y, int64_t count, const AffineRow& row);

/// `y[i]` on the grid from what x[i] becomes, in one pass. True if all of that is finite.
bool fake_quantize_affine(
    const float* x, float* y, int64_t count, const AffineRow& row, const Grid& grid);

}  // namespace qsweep::kernels
