#pragma once

#include "qsweep/quant/kernels/uniform_kernel.hpp"

#include <cstdint>

namespace qsweep::kernels {

/// Sums over elements of one grid.
struct GridTally {
  double signal = 0;      // of x^2
  double noise = 0;       // of (x - y)^2
  int64_t saturated = 0;  // x beyond the lowest or the highest value, by more than rounding
  int64_t off_level = 0;  // y that is no value of the grid
};

/// Adds what `count` elements x, quantized to y, show. seen[i] becomes 1 where the grid's i-th
/// value, counted from the lowest of all, occurs in y; `first` is the grid's own first i.
void tally_grid(const float* x,
                const float* y,
                int64_t count,
                const Grid& grid,
                GridTally& tally,
                uint8_t* seen);

}  // namespace qsweep::kernels
