#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace qsweep {

/// A tensor's sizes less those of its batch: what it has for one image.
inline std::vector<int64_t> image_shape(const torch::Tensor& tensor) {
  const auto sizes = tensor.sizes();
  return sizes.empty() ? sizes.vec() : std::vector<int64_t>{sizes.begin() + 1, sizes.end()};
}

}  // namespace qsweep
