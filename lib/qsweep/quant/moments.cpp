#include "qsweep/quant/moments.hpp"

#include "qsweep/quant/channels.hpp"

#include <torch/types.h>

#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

class MomentsObserver : public Observer {
 public:
  explicit MomentsObserver(int64_t channel_axis) : channel_axis_(channel_axis) {}

  void observe(const Tensor& x) override {
    const Range range = extremes_of(x, channel_axis_);
    Sums own = moments_along(x);
    if (!own.are_exact(range)) {
      own = moments_along(x.to(torch::kDouble));
    }
    add(static_cast<double>(x.numel() / x.size(channel_axis_)),
        own.mean.to(torch::kCPU, torch::kDouble),
        own.variance.to(torch::kCPU, torch::kDouble),
        own.mean_abs.to(torch::kCPU, torch::kDouble));
    seen_ = united(seen_, range);
  }

  Statistics statistics() const override {
    if (count_ == 0) {
      return {};
    }
    return {{"count", torch::full({1}, count_, torch::kDouble)},
            {"max", seen_.max},
            {"mean", mean_},
            {"mean_abs", mean_abs_},
            {"min", seen_.min},
            {"variance", variance_}};
  }

 private:
  struct Sums {
    Tensor mean;
    Tensor variance;
    Tensor mean_abs;

    // Squares of large and of small floats have no place in float.
    bool are_exact(const Range& range) const {
      const Tensor is_lost = (variance == 0).logical_and(range.max > range.min);
      return torch::isfinite(variance).logical_and(is_lost.logical_not()).all().item<bool>();
    }
  };

  Sums moments_along(const Tensor& x) const {
    const std::vector<int64_t> axes = all_axes_but(channel_axis_, x.dim());
    auto [variance, mean] =
        torch::var_mean(x, at::IntArrayRef(axes), /*unbiased=*/false, /*keepdim=*/false);
    return {std::move(mean), std::move(variance), x.abs().mean(axes)};
  }

  // Chan, Golub and LeVeque 1979: exact for any split of the values into batches.
  void add(double count, const Tensor& mean, const Tensor& variance, const Tensor& mean_abs) {
    if (count_ == 0) {
      count_ = count;
      mean_ = mean;
      variance_ = variance;
      mean_abs_ = mean_abs;
      return;
    }
    count_ += count;
    const double share = count / count_;
    const Tensor shift = mean - mean_;
    mean_ = mean_ + share * shift;
    mean_abs_ = mean_abs_ + share * (mean_abs - mean_abs_);
    variance_ = variance_ + share * (variance - variance_) + share * (1 - share) * shift.square();
  }

  int64_t channel_axis_;
  double count_ = 0;
  Tensor mean_;
  Tensor variance_;
  Tensor mean_abs_;
  Range seen_;
};

}  // namespace

ObserverKind moments_observer() {
  return {"moments", false, [](int64_t channel_axis) {
            return std::make_unique<MomentsObserver>(channel_axis);
          }};
}

Moments moments_of(const Statistics& statistics, bool per_channel) {
  Moments moments{{statistics.at("min"), statistics.at("max")},
                  statistics.at("mean"),
                  statistics.at("variance"),
                  statistics.at("mean_abs")};
  if (per_channel) {
    return moments;
  }
  // All channels have as many values.
  const Tensor mean = moments.mean.mean();
  const Tensor variance = (moments.variance + (moments.mean - mean).square()).mean();
  return {over_channels(moments.seen),
          mean.reshape(1),
          variance.reshape(1),
          moments.mean_abs.mean().reshape(1)};
}

}  // namespace qsweep
