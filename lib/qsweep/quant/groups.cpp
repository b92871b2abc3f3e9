#include "qsweep/quant/groups.hpp"

#include <torch/types.h>

#include <functional>
#include <numeric>
#include <utility>

namespace qsweep {

using torch::Tensor;

Groups::Groups(std::vector<int64_t> weight_shape, int64_t channel_axis, int64_t size)
    : shape_(std::move(weight_shape)), axis_(channel_axis), size_(size) {
  std::swap(shape_[0], shape_[static_cast<size_t>(axis_)]);
  channels_ = shape_[0];
  length_ = std::accumulate(shape_.begin() + 1, shape_.end(), int64_t{1}, std::multiplies<>());
  each_ = (length_ + size_ - 1) / size_;
}

Tensor Groups::split(const Tensor& weight) const {
  const Tensor rows = weight.transpose(0, axis_).reshape({channels_, length_});
  const int64_t missing = each_ * size_ - length_;
  const Tensor whole = missing > 0 ? torch::constant_pad_nd(rows, {0, missing}) : rows;
  return whole.reshape({count(), size_});
}

Tensor Groups::join(const Tensor& groups) const {
  const Tensor rows = groups.view({channels_, each_ * size_}).slice(1, 0, length_);
  return rows.reshape(shape_).transpose(0, axis_);
}

}  // namespace qsweep
