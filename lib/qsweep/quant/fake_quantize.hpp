#pragma once

#include "qsweep/quant/kernels/uniform_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>

#include <vector>

namespace qsweep {

/// One grid for a tensor, or one per channel, as a float tensor (grids, 4): what a backward pass
/// keeps.
torch::Tensor grid_table(const std::vector<kernels::Grid>& grids);

/// Fake quantization on the CPU, in one pass over memory. `axis` is the channels' where `table`
/// holds several grids. Differentiable in x: straight through where the rounded value lies within
/// the grid.
Quantized fake_quantize(torch::Tensor x, int64_t axis, const torch::Tensor& table);

}  // namespace qsweep
