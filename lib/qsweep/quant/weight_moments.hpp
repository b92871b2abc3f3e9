#pragma once

#include <torch/types.h>

namespace qsweep {

/// Statistics of a weight as a whole, as constants: no gradient passes through them. Summed in
/// double, so that they do not depend on how memory is laid out. Numbers of x's type and device, in
/// tensors without axes.
struct WeightMoments {
  torch::Tensor mean;
  torch::Tensor deviation;  // the unbiased standard deviation
};

WeightMoments weight_moments(const torch::Tensor& x);

}  // namespace qsweep
