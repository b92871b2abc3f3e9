// From mu - k sigma to mu + k sigma, whatever was seen there: the range from which LSQ+ starts with
// weights (Bhalgat et al. 2020, arXiv:2004.09576, 4.1). sigma^2 is the mean of (x - mu)^2.

#include "qsweep/quant/moments.hpp"

#include <torch/types.h>

namespace qsweep {
namespace {

using torch::Tensor;

class Sigma : public Calibrator {
 public:
  explicit Sigma(double k) : k_(k) {}

  ObserverKind observer(bool /*per_channel*/) const override { return moments_observer(); }

  Range range(const Statistics& statistics, const RangeRequest& request) const override {
    const Moments moments = moments_of(statistics, request.per_channel);
    const Tensor reach = k_ * moments.variance.sqrt();
    return {(moments.mean - reach).to(torch::kFloat), (moments.mean + reach).to(torch::kFloat)};
  }

 private:
  double k_;
};

}  // namespace

CalibratorEntry sigma_entry() {
  using Type = Parameter::Type;
  return {{"sigma",
           "the mean less and plus k standard deviations, from which LSQ+ starts",
           "Bhalgat et al. 2020, arXiv:2004.09576",
           {{"k", Type::Number, 3.0, 0.01, 100, {}, "standard deviations on each side"}}},
          [](const Json& parameters) -> std::unique_ptr<Calibrator> {
            return std::make_unique<Sigma>(parameters.at("k"));
          }};
}

}  // namespace qsweep
