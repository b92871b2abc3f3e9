#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace qsweep {

/// Numbers per scale, in the type and on the device of `like`, in a shape that spreads over it: one
/// number for all, or one for each channel of `axis`. Differentiable.
inline torch::Tensor spread(const torch::Tensor& numbers, const torch::Tensor& like, int64_t axis) {
  std::vector<int64_t> shape(static_cast<size_t>(like.dim()), 1);
  if (numbers.numel() > 1) {
    shape[static_cast<size_t>(axis)] = numbers.numel();
  }
  return numbers.to(like.options()).reshape(shape);
}

}  // namespace qsweep
