#include "qsweep/quant/channels.hpp"

#include <torch/types.h>

namespace qsweep {

std::vector<int64_t> all_axes_but(int64_t channel_axis, int64_t dims) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < dims; ++axis) {
    if (axis != channel_axis) {
      axes.push_back(axis);
    }
  }
  return axes;
}

torch::Tensor dense(const torch::Tensor& x) {
  return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

torch::Tensor channel_rows(const torch::Tensor& x, int64_t channel_axis) {
  return x.movedim(channel_axis, 0).reshape({x.size(channel_axis), -1});
}

}  // namespace qsweep
