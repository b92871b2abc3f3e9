// The smallest and the largest value of each channel, over all that was seen.

#include "qsweep/quant/calibrator.hpp"

#include <torch/torch.h>

#include <vector>

namespace qsweep {
namespace {

using torch::Tensor;

std::vector<int64_t> all_axes_but(int64_t kept, int64_t dims) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < dims; ++axis) {
    if (axis != kept) {
      axes.push_back(axis);
    }
  }
  return axes;
}

class MinMaxObserver : public Observer {
 public:
  explicit MinMaxObserver(int64_t channel_axis) : channel_axis_(channel_axis) {}

  void observe(const Tensor& x) override {
    const std::vector<int64_t> axes = all_axes_but(channel_axis_, x.dim());
    const Tensor low = axes.empty() ? x : x.amin(axes);
    const Tensor high = axes.empty() ? x : x.amax(axes);
    min_ = min_.defined() ? torch::minimum(min_, low) : low.clone();
    max_ = max_.defined() ? torch::maximum(max_, high) : high.clone();
  }

  Statistics statistics() const override { return {{"min", min_}, {"max", max_}}; }

 private:
  int64_t channel_axis_;
  Tensor min_;  // [channels]
  Tensor max_;  // [channels]
};

class MinMax : public Calibrator {
 public:
  std::unique_ptr<Observer> observer(int64_t channel_axis) const override {
    return std::make_unique<MinMaxObserver>(channel_axis);
  }

  Range range(const Statistics& statistics, bool per_channel) const override {
    const Tensor& min = statistics.at("min");
    const Tensor& max = statistics.at("max");
    return per_channel ? Range{min, max} : Range{min.amin(), max.amax()};
  }
};

}  // namespace

std::unique_ptr<Calibrator> make_minmax() {
  return std::make_unique<MinMax>();
}

}  // namespace qsweep
