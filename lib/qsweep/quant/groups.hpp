#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace qsweep {

/// A weight cut into groups that have a scale each (`granularity: per_group`): neighbours among the
/// weights of one output channel, in their logical order (input channel, kernel row, column). To a
/// quantizer the groups are the channels of another tensor, so any that works per channel will do.
class Groups {
 public:
  /// Of a weight of that shape, `size` to a group; a channel's last group may be shorter.
  Groups(std::vector<int64_t> weight_shape, int64_t channel_axis, int64_t size);

  /// All groups of all channels.
  int64_t count() const { return channels_ * each_; }
  /// The weight as [count, size], shorter groups filled up with zeros; differentiable.
  torch::Tensor split(const torch::Tensor& weight) const;
  /// The way back, without the zeros.
  torch::Tensor join(const torch::Tensor& groups) const;
  /// The zeros that split adds.
  int64_t padding() const { return channels_ * (each_ * size_ - length_); }

 private:
  std::vector<int64_t> shape_;  // of the weight, its channels in front
  int64_t axis_;
  int64_t size_;
  int64_t channels_;
  int64_t length_;  // weights of a channel
  int64_t each_;    // groups of a channel
};

}  // namespace qsweep
