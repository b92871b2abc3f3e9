// From -t to t, as far as anything was seen there, t being the smallest edge of a bin of the
// histogram with at least p percent of all |x| below it. Deviation: NVIDIA's pytorch-quantization
// returns the lower edge of that bin.

#include "qsweep/quant/histogram.hpp"

#include <torch/types.h>

namespace qsweep {
namespace {

using torch::Tensor;

class Percentile : public Calibrator {
 public:
  explicit Percentile(double p) : p_(p) {}

  ObserverKind observer(bool per_channel) const override { return histogram_observer(per_channel); }

  Range range(const Statistics& statistics, const RangeRequest& /*request*/) const override {
    constexpr double kRounding = 1e-12;  // of p itself: 99.99 % of 10,000 values are 9,999
    const Tensor below = magnitude_counts(statistics).cumsum(1).to(torch::kDouble);
    const Tensor wanted = below.select(1, -1).unsqueeze(1) * (p_ / 100 * (1 - kRounding));
    const Tensor bin = (below < wanted).sum(1);
    const Tensor edge = (bin + 1).to(torch::kDouble) * bin_width(statistics);
    return clipped_at(edge.to(torch::kFloat), seen_in(statistics));
  }

 private:
  double p_;
};

}  // namespace

CalibratorEntry percentile_entry() {
  using Type = Parameter::Type;
  return {{"percentile",
           "what covers p percent of the values, by magnitude",
           "Wu et al. 2020, arXiv:2004.09602",
           {{"p", Type::Number, 99.99, 50, 100, {}, "percent of the values"}}},
          [](const Json& parameters) -> std::unique_ptr<Calibrator> {
            return std::make_unique<Percentile>(parameters.at("p"));
          }};
}

}  // namespace qsweep
