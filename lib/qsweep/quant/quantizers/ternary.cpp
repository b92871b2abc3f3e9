// Ternary weights: p where w > d, -n where w < -d, else 0.
//
// twn (Li et al. 2016, arXiv:1605.04711): d = threshold mean|w|, p = n = the mean of the |w| above
// d, both anew at each change of the weight; the gradient passes straight through. The paper of
// 2016 takes 0.7, that of 2022 0.75.
//
// ttq (Zhu et al. 2017, arXiv:1612.01064): d = max_threshold max|w|; p and n are learned. The
// gradient of p is the sum of g over w > d, that of n the negative sum over w < -d (the true one;
// the paper leaves the sign to the reader), that of w is p g, g or n g. The paper starts p and n at
// 1; the default here is the mean |w| on either side, which changes a trained network least.

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/ternary_kernel.hpp"
#include "qsweep/quant/magnitude.hpp"
#include "qsweep/quant/quantizer.hpp"
#include "qsweep/quant/usual_parameters.hpp"
#include "qsweep/quant/with_slope.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr double kSmallest = std::numeric_limits<float>::epsilon();  // of what is learned

struct TernaryKernel {
  int64_t axis = 0;
  int64_t scales = 1;
  std::vector<kernels::Ternary> levels;

  const kernels::Ternary& of(int64_t scale) const { return levels[static_cast<size_t>(scale)]; }
  bool forward(const float* x, float* y, int64_t count, int64_t scale) const {
    return kernels::ternary(x, y, count, of(scale));
  }
};

struct FixedKernel : TernaryKernel {
  static constexpr int kLearned = 0;

  void backward(const float* /*x*/,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t /*scale*/,
                double* /*sums*/) const {
    std::copy(dy, dy + count, dx);
  }
};

struct LearnedKernel : TernaryKernel {
  static constexpr int kLearned = 2;

  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t scale,
                double* sums) const {
    kernels::ternary_backward(x, dy, dx, count, of(scale), sums);
  }
};

class Ternary : public Quantizer {
 public:
  Ternary(const Json& spec, const SiteShape& shape)
      : learns_(spec.at("method") == "ttq"),
        starts_at_one_(spec.at("start") == "one"),
        threshold_(spec.at(learns_ ? "max_threshold" : "threshold").get<double>()) {
    if (spec.at("granularity") != "per_tensor") {
      scales_ = {shape.channel_axis, shape.channels};
    }
  }

  bool per_channel() const override { return scales_.count > 1; }

  Quantized quantize(Tensor x) override {
    const Tensor thresholds = thresholds_of(x);
    if (!learns_) {
      positive_ = negative_ = mean_magnitude_above(x, scales_, thresholds);
    } else if (!positive_.defined()) {
      positive_ = first_value(x, thresholds);
      negative_ = first_value(-x, thresholds);
    }
    return runs_kernels(x) ? with_kernel(std::move(x), thresholds) : with_aten(x, thresholds);
  }

  NamedTensors parameters() const override {
    return learns_ && positive_.defined()
               ? NamedTensors{{"positive", positive_}, {"negative", negative_}}
               : NamedTensors{};
  }

  void after_step(Tensor& /*latent*/) override {
    for (auto& [name, parameter] : parameters()) {
      parameter.clamp_min_(kSmallest);
    }
  }

  int64_t most_levels() const override { return 3; }

  Tensor codes(const Tensor& values) const override {
    const Tensor high = over(positive_, values);
    const Tensor low = -over(negative_, values);
    Tensor codes = torch::full_like(values, -1, torch::kLong);
    codes.masked_fill_(values == high, 2);
    codes.masked_fill_(values == low, 0);
    return codes.masked_fill_(values == 0, 1);
  }

  // The two values that ttq learns have no scale in common.
  std::optional<IntegerLevels> integer_levels(const Tensor& values) const override {
    return learns_
               ? std::nullopt
               : std::make_optional(IntegerLevels{
                     over(positive_, values).to(torch::kFloat), torch::tensor(int64_t{-1}), 1, {}});
  }

  bool zero_width() const override {
    return positive_.defined() && positive_.eq(0).any().item<bool>();
  }

  std::string range_text() const override {
    if (!positive_.defined()) {
      return "";
    }
    const float lowest = 0.0F - negative_.max().item<float>();  // of a zero no "-0"
    return fmt::format("[{:.6g}, {:.6g}]", lowest, positive_.max().item<float>());
  }

 private:
  Tensor thresholds_of(const Tensor& x) const {
    const torch::NoGradGuard no_grad;
    Tensor thresholds = learns_ ? largest_magnitude(x, scales_) : mean_magnitude(x, scales_);
    if (!runs_kernels(x)) {
      return thresholds * threshold_;
    }
    // One of torch's operators costs as much as a pass over a small weight.
    float* each = thresholds.data_ptr<float>();
    for (int64_t i = 0; i < scales_.count; ++i) {
      each[i] *= static_cast<float>(threshold_);
    }
    return thresholds;
  }

  // The mean of what is above the threshold: of all values that p can have, it is the nearest to
  // the weights. Where nothing is above, the threshold, since p must be some number.
  Tensor first_value(const Tensor& x, const Tensor& thresholds) const {
    const torch::NoGradGuard no_grad;
    const Tensor mean = mean_magnitude_above(x.clamp_min(0), scales_, thresholds);
    Tensor start =
        starts_at_one_ ? torch::ones_like(mean) : torch::where(mean > 0, mean, thresholds);
    start = start.to(torch::kFloat).clamp_min(kSmallest);
    return start.detach().requires_grad_(true);
  }

  Quantized with_kernel(Tensor x, const Tensor& thresholds) const {
    const std::vector<float> threshold = numbers_of(thresholds);
    const std::vector<float> positive = numbers_of(positive_);
    const std::vector<float> negative = numbers_of(negative_);
    TernaryKernel kernel{scales_.axis, scales_.count, {}};
    for (size_t i = 0; i < threshold.size(); ++i) {
      kernel.levels.push_back({threshold[i], positive[i], negative[i]});
    }
    if (!learns_) {
      return elementwise(std::move(x), FixedKernel{std::move(kernel)});
    }
    const Tensor learned =
        torch::GradMode::is_enabled() ? torch::stack({positive_, negative_}) : Tensor();
    return elementwise(std::move(x), LearnedKernel{std::move(kernel)}, learned);
  }

  Quantized with_aten(const Tensor& x, const Tensor& thresholds) const {
    const Tensor threshold = scales_.spread(thresholds, x);
    const Tensor zeros = torch::zeros_like(x);
    const Tensor above = x.detach() > threshold;
    const Tensor below = x.detach() < -threshold;
    const Tensor high = over(positive_, x);
    const Tensor low = over(negative_, x);
    const Tensor values = torch::where(above, high, zeros) - torch::where(below, low, zeros);
    const Tensor ones = torch::ones_like(x);
    const Tensor slope = learns_ ? torch::where(above, high, torch::where(below, low, ones)) : ones;
    // The gradients of p and n pass through `values`, that of x through the zero beside them.
    return {values + with_slope(x, zeros, slope), true};
  }

  Tensor over(const Tensor& numbers, const Tensor& like) const {
    return scales_.spread(numbers, like).to(like.scalar_type());
  }

  ScaleAxis scales_;
  bool learns_;
  bool starts_at_one_;
  double threshold_;
  Tensor positive_;  // [scales], p and n of what was quantized last; of ttq the leaves
  Tensor negative_;
};

std::unique_ptr<Quantizer> make_ternary(const Json& spec, const SiteShape& shape) {
  return std::make_unique<Ternary>(spec, shape);
}

std::vector<Parameter> ternary_parameters() {
  using Type = Parameter::Type;
  return {
      {"method",
       Type::Choice,
       "twn",
       0,
       0,
       {"twn", "ttq"},
       "twn: the values follow the weights; ttq: they are learned"},
      granularity_parameter(
          "one threshold and one set of values for the tensor, or one per channel"),
      {"threshold",
       Type::Number,
       0.7,
       0,
       100,
       {},
       "twn: of the mean |w|; smaller |w| become 0",
       false,
       {{"method", "twn"}}},
      {"max_threshold",
       Type::Number,
       0.05,
       0,
       1,
       {},
       "ttq: of the largest |w|; smaller ones become 0",
       false,
       {{"method", "ttq"}}},
      {"start",
       Type::Choice,
       "weights",
       0,
       0,
       {"weights", "one"},
       "ttq: values at first, the mean |w| on either side or 1 as in the paper",
       false,
       {{"method", "ttq"}}},
  };
}

}  // namespace

QuantizerEntry ternary_entry() {
  Catalog::Quantizer info;
  info.name = "ternary";
  info.about = "weights -n, 0 or p";
  info.paper = "Li et al. 2016, arXiv:1605.04711; Zhu et al. 2017, arXiv:1612.01064";
  info.fixed_bits = 2;
  info.for_activations = false;
  info.learns_when = {{"method", "ttq"}};
  info.range_when = nullptr;
  info.beside_scale = {{{{"method", "ttq"}}, 4}};  // TTQ has a value for either sign
  info.parameters = ternary_parameters();
  return {std::move(info), make_ternary};
}

}  // namespace qsweep
