#pragma once

#include <torch/types.h>

namespace qsweep {

/// Given values as a function of x whose derivative counts as `slope`, elementwise: a surrogate
/// gradient by torch's operators, for any device and type.
torch::Tensor with_slope(const torch::Tensor& x,
                         const torch::Tensor& values,
                         const torch::Tensor& slope);

}  // namespace qsweep
