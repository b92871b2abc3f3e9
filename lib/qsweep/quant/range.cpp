#include "qsweep/quant/range.hpp"

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/extremes_kernel.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int64_t kLeastLanes = 64;  // so many are worth a loop

// Lowest and highest values by lane.
struct Extremes {
  explicit Extremes(int64_t lanes)
      : low(static_cast<size_t>(lanes), std::numeric_limits<float>::infinity()),
        high(static_cast<size_t>(lanes), -std::numeric_limits<float>::infinity()) {}

  bool extend(const float* x, int64_t count) {
    return kernels::extend(x, count, static_cast<int64_t>(low.size()), low.data(), high.data());
  }
  void extend(size_t lane, float lowest, float highest) {
    low[lane] = std::min(low[lane], lowest);
    high[lane] = std::max(high[lane], highest);
  }

  std::vector<float> low;
  std::vector<float> high;
};

// Neighbours in memory are of different channels: a lane is of a channel, or several are.
bool extend_by_rows(const float* x, int64_t rows, Extremes& channels) {
  const size_t count = channels.low.size();
  const auto width = static_cast<int64_t>(count);
  Extremes lanes(width * std::max<int64_t>(1, kLeastLanes / width));
  const bool finite = lanes.extend(x, rows * width);
  for (size_t lane = 0; lane < lanes.low.size(); ++lane) {
    channels.extend(lane % count, lanes.low[lane], lanes.high[lane]);
  }
  return finite;
}

// Neighbours are of the same channel, `length` of them.
bool extend_by_runs(const float* x, int64_t length, Extremes& channels) {
  bool finite = true;
  for (size_t channel = 0; channel < channels.low.size(); ++channel, x += length) {
    Extremes lanes(kLeastLanes);
    finite = lanes.extend(x, length) && finite;
    channels.extend(channel,
                    *std::min_element(lanes.low.begin(), lanes.low.end()),
                    *std::max_element(lanes.high.begin(), lanes.high.end()));
  }
  return finite;
}

Tensor tensor_of(const std::vector<float>& numbers) {
  return torch::tensor(numbers) + 0.0F;  // -0 is 0
}

// Nothing where a value is NaN or infinite.
std::optional<Range> extremes_by_kernel(const Tensor& x, int64_t channel_axis) {
  const Tensor memory = dense(x);
  const float* values = memory.data_ptr<float>();
  const ScaleWalk walk = walk_of(memory, channel_axis, memory.size(channel_axis));
  const int64_t block = walk.scales * walk.inner;
  Extremes all(walk.scales);
  bool finite = true;
  std::mutex joining;
  at::parallel_for(
      0, walk.outer, std::max<int64_t>(1, kGrain / block), [&](int64_t begin, int64_t end) {
        Extremes own(walk.scales);
        bool is_own_finite = true;
        if (walk.inner == 1) {
          is_own_finite = extend_by_rows(values + begin * block, end - begin, own);
        } else {
          for (int64_t outer = begin; outer < end; ++outer) {
            is_own_finite =
                extend_by_runs(values + outer * block, walk.inner, own) && is_own_finite;
          }
        }
        const std::lock_guard<std::mutex> lock(joining);
        finite = finite && is_own_finite;
        for (size_t channel = 0; channel < own.low.size(); ++channel) {
          all.extend(channel, own.low[channel], own.high[channel]);
        }
      });
  return finite ? std::make_optional(Range{tensor_of(all.low), tensor_of(all.high)}) : std::nullopt;
}

}  // namespace

Range extremes_of(const Tensor& x, int64_t channel_axis) {
  if (runs_kernels(x) && x.dim() > 0 && x.numel() > 0) {
    if (auto range = extremes_by_kernel(x, channel_axis)) {
      return *std::move(range);
    }
  }
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
