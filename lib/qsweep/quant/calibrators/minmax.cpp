// The smallest and the largest value of each channel, over all that was seen.

#include "qsweep/quant/calibrator.hpp"

#include <torch/types.h>

namespace qsweep {
namespace {

using torch::Tensor;

class MinMaxObserver : public Observer {
 public:
  explicit MinMaxObserver(int64_t channel_axis) : channel_axis_(channel_axis) {}

  void observe(const Tensor& x) override { seen_ = united(seen_, extremes_of(x, channel_axis_)); }

  Statistics statistics() const override {
    return seen_.min.defined() ? Statistics{{"min", seen_.min}, {"max", seen_.max}} : Statistics();
  }

 private:
  int64_t channel_axis_;
  Range seen_;  // [channels]
};

class MinMax : public Calibrator {
 public:
  ObserverKind observer(bool /*per_channel*/) const override {
    return {"minmax", false, [](int64_t channel_axis) {
              return std::make_unique<MinMaxObserver>(channel_axis);
            }};
  }

  Range range(const Statistics& statistics, const RangeRequest& request) const override {
    const Range seen{statistics.at("min"), statistics.at("max")};
    return request.per_channel ? seen : over_channels(seen);
  }
};

}  // namespace

CalibratorEntry minmax_entry() {
  return {{"minmax", "from the smallest to the largest value seen", "", {}},
          [](const Json& /*parameters*/) -> std::unique_ptr<Calibrator> {
            return std::make_unique<MinMax>();
          }};
}

}  // namespace qsweep
