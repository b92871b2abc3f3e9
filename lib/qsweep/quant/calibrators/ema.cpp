// The moving average of each batch's smallest and largest value: x <- (1 - c) x + c batch, from the
// first batch on, c being `momentum`: 0.01 as in torch.ao's MovingAverageMinMaxObserver, 0.1 in
// MQBench (Jacob et al. 2018, arXiv:1712.05877, 3.1). A batch is one of `evaluate.batch` images.

#include "qsweep/quant/calibrator.hpp"

#include <torch/types.h>

#include <fmt/format.h>

namespace qsweep {
namespace {

using torch::Tensor;

class EmaObserver : public Observer {
 public:
  EmaObserver(double momentum, int64_t channel_axis)
      : momentum_(momentum), channel_axis_(channel_axis) {}

  void observe(const Tensor& x) override {
    const Range channels = extremes_of(x, channel_axis_);
    follow(channels_, channels);
    follow(whole_, over_channels(channels));
  }

  // The average of the whole tensor's extremes is not that of any channel.
  Statistics statistics() const override {
    if (!whole_.min.defined()) {
      return {};
    }
    return {{"min", channels_.min},
            {"max", channels_.max},
            {"whole_min", whole_.min},
            {"whole_max", whole_.max}};
  }

 private:
  void follow(Range& average, const Range& batch) const {
    if (!average.min.defined()) {
      average = batch;
      return;
    }
    average.min = torch::lerp(average.min, batch.min, momentum_);
    average.max = torch::lerp(average.max, batch.max, momentum_);
  }

  double momentum_;
  int64_t channel_axis_;
  Range channels_;
  Range whole_;
};

class Ema : public Calibrator {
 public:
  explicit Ema(double momentum) : momentum_(momentum) {}

  ObserverKind observer(bool /*per_channel*/) const override {
    return {fmt::format("ema {}", momentum_), false, [momentum = momentum_](int64_t channel_axis) {
              return std::make_unique<EmaObserver>(momentum, channel_axis);
            }};
  }

  Range range(const Statistics& statistics, const RangeRequest& request) const override {
    return request.per_channel ? Range{statistics.at("min"), statistics.at("max")}
                               : Range{statistics.at("whole_min"), statistics.at("whole_max")};
  }

 private:
  double momentum_;
};

}  // namespace

CalibratorEntry ema_entry() {
  using Type = Parameter::Type;
  return {{"ema",
           "a moving average of the smallest and the largest value of each batch",
           "Jacob et al. 2018, arXiv:1712.05877",
           {{"momentum", Type::Number, 0.01, 0, 1, {}, "the share of the latest batch"}},
           true},
          [](const Json& parameters) -> std::unique_ptr<Calibrator> {
            return std::make_unique<Ema>(parameters.at("momentum"));
          }};
}

}  // namespace qsweep
