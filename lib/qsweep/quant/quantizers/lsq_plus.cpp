// LSQ+ (Bhalgat et al. 2020, arXiv:2004.09576): round(clip((x - o) / s, n, p)) s + o, gradients as
// those of LSQ (arXiv:1902.08153); the gradient of o is 1 beyond the ends and 0 inside. Weights:
// n = -2^(b-1), p = 2^(b-1) - 1, no offset; s starts at max(|mu - 3 sigma|, |mu + 3 sigma|) /
// 2^(b-1) (calibrator sigma). Activations: n = 0, p = 2^b - 1, o and s learned; they start at the
// ends of the calibrated range, where the paper searches the least squared error (calibrator mse).
// Both gradients are scaled by 1 / sqrt(N p).

#include "qsweep/quant/learned_step.hpp"
#include "qsweep/quant/usual_parameters.hpp"

#include <torch/types.h>

namespace qsweep {
namespace {

using torch::Tensor;

LearnedStepQuantizer::Codes codes_of(const Json& spec, const SiteShape& shape) {
  const int64_t values = int64_t{1} << spec.at("bits").get<int>();
  if (shape.kind == SiteKind::Weight) {
    return {-values / 2, values / 2 - 1};
  }
  return {0, values - 1};
}

class LsqPlus : public LearnedStepQuantizer {
 public:
  LsqPlus(const Json& spec, const SiteShape& shape)
      : LearnedStepQuantizer(spec, shape, codes_of(spec, shape), shape.kind != SiteKind::Weight) {}

 protected:
  Start start(const Tensor& min, const Tensor& max) const override {
    const Codes codes = grid_codes();
    if (codes.low < 0) {
      return {torch::maximum(min.abs(), max.abs()) / -codes.low, {}};
    }
    return {(max - min) / codes.high, min};
  }
};

std::unique_ptr<Quantizer> make_lsq_plus(const Json& spec, const SiteShape& shape) {
  return std::make_unique<LsqPlus>(spec, shape);
}

}  // namespace

QuantizerEntry lsq_plus_entry() {
  Catalog::Quantizer info;
  info.name = "lsq_plus";
  info.learns_when = Json::object();
  info.about = "evenly spaced values with a learned step and, of activations, offset";
  info.paper = "Bhalgat et al. 2020, arXiv:2004.09576";
  info.min_bits = 2;
  info.max_bits = 8;
  info.weight_calibrate = "sigma";
  info.parameters = {
      granularity_parameter("one step and offset for the tensor, or one per channel"),
      gradient_scale_parameter("the gradients of step and offset by 1 / sqrt(N p)"),
  };
  return {std::move(info), make_lsq_plus};
}

}  // namespace qsweep
