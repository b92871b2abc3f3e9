#pragma once

#include "qsweep/quant/scale_axis.hpp"

#include <torch/types.h>

namespace qsweep {

// Statistics of |x| for what shares a scale: a number per scale, of x's type and on its device,
// constants to autograd.

/// The mean of |x|.
torch::Tensor mean_magnitude(const torch::Tensor& x, const ScaleAxis& scales);

/// The largest |x|.
torch::Tensor largest_magnitude(const torch::Tensor& x, const ScaleAxis& scales);

/// The mean of those |x| that are above their scale's threshold, 0 where there are none.
torch::Tensor mean_magnitude_above(const torch::Tensor& x,
                                   const ScaleAxis& scales,
                                   const torch::Tensor& thresholds);

}  // namespace qsweep
