// The range from which LSQ starts (Esser et al. 2020, arXiv:1902.08153, 2.1): that of the step
// 2 mean|x| / sqrt(Qp), so from -Qn to Qp of them, where codes reach from -Qn to Qp. Qn is 0 for
// quantizers without values below zero.

#include "qsweep/quant/moments.hpp"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace qsweep {
namespace {

using torch::Tensor;

class MeanAbs : public Calibrator {
 public:
  ObserverKind observer(bool /*per_channel*/) const override { return moments_observer(); }

  Range range(const Statistics& statistics, const RangeRequest& request) const override {
    const Moments moments = moments_of(statistics, request.per_channel);
    const Tensor is_signed = has_negative_values(request, moments.seen).to(torch::kCPU);
    const Range unsigned_range = from_codes(moments.mean_abs, 0, request.levels - 1);
    const int64_t half = std::max<int64_t>(1, (request.levels - 1) / 2);
    const Range signed_range = from_codes(moments.mean_abs, request.levels - 1 - half, half);
    return {torch::where(is_signed, signed_range.min, unsigned_range.min),
            torch::where(is_signed, signed_range.max, unsigned_range.max)};
  }

 private:
  static Range from_codes(const Tensor& mean_abs, int64_t below, int64_t above) {
    const Tensor step = 2 * mean_abs / std::sqrt(static_cast<double>(above));
    return {(-step * below).to(torch::kFloat), (step * above).to(torch::kFloat)};
  }
};

}  // namespace

CalibratorEntry mean_abs_entry() {
  return {{"mean_abs",
           "steps of 2 mean|x| / sqrt(the highest code), from which LSQ starts",
           "Esser et al. 2020, arXiv:1902.08153",
           {}},
          [](const Json& /*parameters*/) -> std::unique_ptr<Calibrator> {
            return std::make_unique<MeanAbs>();
          }};
}

}  // namespace qsweep
