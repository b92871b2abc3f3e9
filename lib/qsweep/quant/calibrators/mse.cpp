// Of the range that was seen, shrunk towards zero by 0 to 94 percent in steps of one, the one at
// which the site's own quantizer makes the least squared error; of equals the widest (MQBench's
// MSEObserver; for ranges per channel it tries 80). Activations by the centres of a histogram's
// bins, weights by their values.

#include "qsweep/quant/sample.hpp"

#include <torch/types.h>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int kCandidates = 95;

class MeanSquaredError : public SampleCalibrator {
 private:
  Range range_in(const Sample& sample, const RangeRequest& request) const override {
    Range best = sample.seen;
    Tensor least = error(sample, best, request);
    for (int percent = 1; percent < kCandidates; ++percent) {
      const double factor = 1 - 0.01 * percent;
      const Range range{sample.seen.min * factor, sample.seen.max * factor};
      const Tensor found = error(sample, range, request);
      const Tensor better = found < least;
      least = torch::where(better, found, least);
      best = {torch::where(better, range.min, best.min), torch::where(better, range.max, best.max)};
    }
    return best;
  }

  static Tensor error(const Sample& sample, const Range& range, const RangeRequest& request) {
    const Tensor quantized = request.quantize(range, sample.values);
    return ((quantized - sample.values).to(torch::kDouble).square_() * sample.counts).sum(1);
  }
};

}  // namespace

CalibratorEntry mse_entry() {
  return {{"mse",
           "the range at which the quantizer's mean squared error is least",
           "as MQBench's MSEObserver",
           {}},
          [](const Json& /*parameters*/) -> std::unique_ptr<Calibrator> {
            return std::make_unique<MeanSquaredError>();
          }};
}

}  // namespace qsweep
