#pragma once

#include <torch/types.h>

namespace qsweep {

/// The values that a quantizer should cover: float tensors of one number, or of one per channel.
struct Range {
  torch::Tensor min;
  torch::Tensor max;
};

/// From the smallest to the largest value of each channel. NaN shows in both.
Range extremes_of(const torch::Tensor& x, int64_t channel_axis);

/// What covers both; an undefined range covers nothing.
Range united(const Range& a, const Range& b);

/// One range over those of all channels.
Range over_channels(const Range& range);

}  // namespace qsweep
