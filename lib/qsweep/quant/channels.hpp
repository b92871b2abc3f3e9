#pragma once

#include <torch/types.h>

#include <vector>

namespace qsweep {

/// The axes of a tensor of so many dimensions, without the one of the channels.
std::vector<int64_t> all_axes_but(int64_t channel_axis, int64_t dims);

/// The same values in memory without gaps, in whatever order of axes.
torch::Tensor dense(const torch::Tensor& x);

/// The same values with one row per channel: [channels, values of each].
torch::Tensor channel_rows(const torch::Tensor& x, int64_t channel_axis);

}  // namespace qsweep
