#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace qsweep {

/// The scale of a tensor, or one for each channel of `axis`, as kernels and torch's operators want
/// them. Cheap to copy.
class ChannelScales {
 public:
  /// Rows of scales, one after the other until they are long enough for vector loops: a scale for
  /// each element of neighbouring channels (channels_last).
  struct Row {
    std::vector<float> scale;
    std::vector<float> inverse;
  };

  ChannelScales() : ChannelScales({1.0F}, 0) {}
  ChannelScales(const std::vector<float>& scales, int64_t axis);

  int64_t axis() const { return axis_; }
  int64_t count() const { return count_; }
  float scale(int64_t i) const { return row_->scale[static_cast<size_t>(i)]; }
  float inverse(int64_t i) const { return row_->inverse[static_cast<size_t>(i)]; }
  const Row& row() const { return *row_; }

  /// The scales on the device of `like`, in a shape that spreads over it.
  torch::Tensor spread_over(const torch::Tensor& like) const;

 private:
  std::shared_ptr<const Row> row_;
  int64_t axis_;
  int64_t count_;
};

/// Of each range its largest magnitude.
std::vector<float> largest_magnitudes(const torch::Tensor& min, const torch::Tensor& max);

/// x where `inside`, for the gradient, with the values of `quantized`, for the rest: straight
/// through, by torch's operators.
torch::Tensor straight_through(const torch::Tensor& x,
                               const torch::Tensor& quantized,
                               const torch::Tensor& inside);

}  // namespace qsweep
