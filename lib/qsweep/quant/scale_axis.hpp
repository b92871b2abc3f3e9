#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace qsweep {

/// How the scales of a quantizer lie over a tensor: one for all of it, or one per channel of
/// `axis`.
struct ScaleAxis {
  int64_t axis = 0;
  int64_t count = 1;  // of scales

  /// The axes of a tensor that share a scale.
  std::vector<int64_t> shared(int64_t dims) const {
    std::vector<int64_t> axes;
    for (int64_t i = 0; i < dims; ++i) {
      if (count == 1 || i != axis) {
        axes.push_back(i);
      }
    }
    return axes;
  }

  /// A number per scale, on the device of `like` and in a shape that spreads over it.
  torch::Tensor spread(const torch::Tensor& numbers, const torch::Tensor& like) const {
    std::vector<int64_t> shape(static_cast<size_t>(like.dim()), 1);
    if (count > 1) {
      shape[static_cast<size_t>(axis)] = count;
    }
    return numbers.to(like.device()).view(shape);
  }
};

}  // namespace qsweep
