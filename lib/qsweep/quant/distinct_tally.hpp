#pragma once

#include "qsweep/quant/kernels/difference_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"
#include "qsweep/quant/scale_axis.hpp"

#include <torch/types.h>

namespace qsweep {

/// What Quantizer::tally adds, from the codes of all values: in any type, on any device.
void tally_codes(const Quantizer& quantizer,
                 const torch::Tensor& x,
                 const torch::Tensor& values,
                 LevelTally& tally);

/// The same for float tensors of the CPU where the level of a value follows from the value and its
/// scale: few values are different, and only these are asked for their codes.
void tally_distinct(const Quantizer& quantizer,
                    const ScaleAxis& scales,
                    const torch::Tensor& x,
                    const torch::Tensor& values,
                    LevelTally& tally);

/// Marks the levels that `codes` number; false, with nothing marked, if one is no level.
bool mark_levels(const torch::Tensor& codes, LevelTally& tally);

/// Adds sums over all elements.
void add(const kernels::Differences& sums, int64_t elements, LevelTally& tally);

}  // namespace qsweep
