#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace qsweep {

/// The scale of a tensor, or one for each channel of `axis`, as kernels and torch's operators want
/// them. Cheap to copy.
class ChannelScales {
 public:
  ChannelScales() : ChannelScales({1.0F}, 0) {}
  ChannelScales(const std::vector<float>& scales, int64_t axis);

  int64_t axis() const { return axis_; }
  int64_t count() const { return count_; }
  float scale(int64_t i) const { return row_->scale[static_cast<size_t>(i)]; }
  float inverse(int64_t i) const { return row_->inverse[static_cast<size_t>(i)]; }

  float largest() const;

  /// The scales on the device of `like`, in a shape that spreads over it.
  torch::Tensor spread_over(const torch::Tensor& like) const;

  /// Quantizes neighbouring channels by round(x, y, count, rounding, scales, inverses), which has a
  /// scale for each element and returns true if every x is finite.
  template <class Round, class Rounding>
  bool round_rows(
      const float* x, float* y, int64_t count, Round round, const Rounding& rounding) const {
    const auto columns = static_cast<int64_t>(row_->scale.size());
    bool finite = true;
    for (int64_t first = 0; first < count; first += columns) {
      const int64_t length = std::min(columns, count - first);
      finite =
          round(x + first, y + first, length, rounding, row_->scale.data(), row_->inverse.data()) &&
          finite;
    }
    return finite;
  }

 private:
  // Rows of scales, one after the other until they are long enough for vector loops: a scale for
  // each element of neighbouring channels (channels_last).
  struct Row {
    std::vector<float> scale;
    std::vector<float> inverse;
  };

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
