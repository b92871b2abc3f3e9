// LSQ (Esser et al. 2020, arXiv:1902.08153): round(clip(x / s, -Qn, Qp)) s with a learned step s.
// Signed Qn = 2^(b-1), Qp = 2^(b-1) - 1; unsigned Qn = 0, Qp = 2^b - 1. The gradient of s is
// round(x/s) - x/s inside, -Qn or Qp beyond, times 1 / sqrt(N Qp), N the weights of the layer or
// the features of one sample; that of x is 1 where -Qn < x/s < Qp, else 0. s starts at
// 2 mean|x| / sqrt(Qp) (calibrator mean_abs), and is kept at or above float32's epsilon. Beyond the
// paper: steps per channel, N then what shares a step.

#include "qsweep/quant/learned_step.hpp"
#include "qsweep/quant/usual_parameters.hpp"

#include <torch/types.h>

namespace qsweep {
namespace {

using torch::Tensor;

LearnedStepQuantizer::Codes codes_of(const Json& spec) {
  const int64_t values = int64_t{1} << spec.at("bits").get<int>();
  if (spec.at("signed").get<bool>()) {
    return {-values / 2, values / 2 - 1};
  }
  return {0, values - 1};
}

class Lsq : public LearnedStepQuantizer {
 public:
  Lsq(const Json& spec, const SiteShape& shape)
      : LearnedStepQuantizer(spec, shape, codes_of(spec), false) {}

 protected:
  // The least step that reaches both ends; of the range of mean_abs it is LSQ's.
  Start start(const Tensor& min, const Tensor& max) const override {
    const Codes codes = grid_codes();
    const Tensor above = max / codes.high;
    return {codes.low == 0 ? above : torch::maximum(above, min / codes.low), {}};
  }
};

std::unique_ptr<Quantizer> make_lsq(const Json& spec, const SiteShape& shape) {
  return std::make_unique<Lsq>(spec, shape);
}

}  // namespace

QuantizerEntry lsq_entry() {
  Catalog::Quantizer info;
  info.name = "lsq";
  info.learns_when = Json::object();
  info.about = "evenly spaced values with a learned step";
  info.paper = "Esser et al. 2020, arXiv:1902.08153";
  info.min_bits = 2;
  info.max_bits = 8;
  info.calibrate = "mean_abs";
  info.unsigned_when = {{"signed", false}};
  info.parameters = {
      granularity_parameter("one step for the tensor, or one per channel"),
      {"signed", Parameter::Type::Boolean, false, 0, 0, {}, "codes on both sides of zero"},
      gradient_scale_parameter("the step's gradient by 1 / sqrt(N Qp)"),
  };
  info.weight_defaults = {{"signed", true}};
  return {std::move(info), make_lsq};
}

}  // namespace qsweep
