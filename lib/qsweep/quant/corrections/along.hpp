#pragma once

#include <torch/types.h>

#include <vector>

namespace qsweep {

/// One number per channel, shaped to be multiplied with or added to `x`, whose channels are on
/// `axis`.
inline torch::Tensor along(const torch::Tensor& numbers, const torch::Tensor& x, int64_t axis) {
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[static_cast<size_t>(axis)] = numbers.numel();
  return numbers.view(shape);
}

}  // namespace qsweep
