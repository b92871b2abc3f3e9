#include "qsweep/quant/channel_scales.hpp"

#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace qsweep {

using torch::Tensor;

ChannelScales::ChannelScales(const std::vector<float>& scales, int64_t axis)
    : axis_(axis), count_(static_cast<int64_t>(scales.size())) {
  constexpr size_t kLongEnough = 128;
  Row row;
  const size_t times = std::max<size_t>(1, kLongEnough / std::max<size_t>(1, scales.size()));
  for (size_t i = 0; i < times * scales.size(); ++i) {
    const float scale = scales[i % scales.size()];
    row.scale.push_back(scale);
    row.inverse.push_back(1.0F / scale);
  }
  row_ = std::make_shared<const Row>(std::move(row));
}

float ChannelScales::largest() const {
  return *std::max_element(row_->scale.begin(), row_->scale.end());
}

Tensor ChannelScales::spread_over(const Tensor& like) const {
  std::vector<int64_t> shape(static_cast<size_t>(like.dim()), 1);
  if (count_ > 1) {
    shape[static_cast<size_t>(axis_)] = count_;
  }
  const std::vector<float> scales(row_->scale.begin(), row_->scale.begin() + count_);
  return torch::tensor(scales).to(like.device()).view(shape);
}

std::vector<float> largest_magnitudes(const Tensor& min, const Tensor& max) {
  const std::vector<float> low = numbers_of(min);
  const std::vector<float> high = numbers_of(max);
  std::vector<float> largest;
  for (size_t i = 0; i < low.size(); ++i) {
    largest.push_back(std::max(std::fabs(low[i]), std::fabs(high[i])));
  }
  return largest;
}

Tensor straight_through(const Tensor& x, const Tensor& quantized, const Tensor& inside) {
  const Tensor passing = torch::where(inside, x, x.detach());
  return quantized.detach() + (passing - passing.detach());
}

}  // namespace qsweep
