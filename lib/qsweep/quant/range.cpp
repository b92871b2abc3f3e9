#include "qsweep/quant/range.hpp"

#include "qsweep/quant/channels.hpp"

#include <torch/types.h>

namespace qsweep {

Range extremes_of(const torch::Tensor& x, int64_t channel_axis) {
  const std::vector<int64_t> axes = all_axes_but(channel_axis, x.dim());
  return axes.empty() ? Range{x.clone(), x.clone()} : Range{x.amin(axes), x.amax(axes)};
}

Range united(const Range& a, const Range& b) {
  if (!a.min.defined()) {
    return b;
  }
  return {torch::minimum(a.min, b.min), torch::maximum(a.max, b.max)};
}

Range over_channels(const Range& range) {
  return {range.min.amin(), range.max.amax()};
}

}  // namespace qsweep
