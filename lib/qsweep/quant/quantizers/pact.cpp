// PACT (Choi et al. 2018, arXiv:1805.06085), activations: round(clip(x, 0, alpha) n / alpha) alpha
// / n, n = 2^b - 1, with a learned alpha. The gradient of x is 1 in [0, alpha), else 0; that of
// alpha is the sum of what arrives where x >= alpha. The paper's lambda alpha^2 in the loss is the
// optimizer's weight decay of learned numbers. alpha is kept at or above float32's epsilon: one
// below zero would kill the layer. Deviation: 1 bit is allowed.

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/grid.hpp"
#include "qsweep/quant/kernels/clip_kernel.hpp"
#include "qsweep/quant/learned_step.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

struct PactKernel {
  static constexpr int kLearned = 1;
  int64_t axis;
  int64_t scales;
  kernels::LearnedStep grid;
  float low;  // the least x that passes gradients
  float alpha;

  bool forward(const float* x, float* y, int64_t count, int64_t /*scale*/) const {
    return kernels::learned_step(x, y, count, grid, 0.0F);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t /*scale*/,
                double* sums) const {
    sums[0] += kernels::clip_backward(x, dy, dx, count, low, alpha);
  }
};

class Pact : public Quantizer {
 public:
  explicit Pact(const Json& spec)
      : top_((int64_t{1} << spec.at("bits").get<int>()) - 1),
        starts_at_range_(spec.at("alpha").get<double>() == 0.0) {
    if (!starts_at_range_) {
      set_alpha(torch::tensor({spec.at("alpha").get<float>()}));
    }
  }

  RangeUse range_use() const override {
    return starts_at_range_ ? RangeUse::Starts : RangeUse::None;
  }
  void set_range(const Range& range) override {
    zero_width_ = range.max.le(0).any().item<bool>();
    set_alpha(range.max);
  }
  bool zero_width() const override { return zero_width_; }

  Quantized quantize(Tensor x) override {
    return runs_kernels(x) ? by_kernel(std::move(x), 0.0F) : Quantized{with_aten(x), true};
  }

  bool absorbs_relu() const override { return true; }
  Quantized quantize_relu(Tensor x) override {
    return runs_kernels(x) ? by_kernel(std::move(x), std::nextafter(0.0F, 1.0F))
                           : Quantized{with_aten(torch::relu(x)), true};
  }

  NamedTensors parameters() const override { return {{"alpha", alpha_}}; }
  void after_step(Tensor& /*latent*/) override {
    const torch::NoGradGuard no_grad;
    alpha_.clamp_min_(kLeastScale);
  }

  int64_t most_levels() const override { return top_ + 1; }

  Tensor codes(const Tensor& values) const override {
    const torch::NoGradGuard no_grad;
    const Tensor scale = alpha_.to(values.options()) / top_;
    const Tensor place = (values / scale).round();
    const Tensor code = place.to(torch::kLong);
    return torch::where(place * scale == values, code, torch::full_like(code, -1));
  }

  void tally(const Tensor& x, const Tensor& values, LevelTally& tally) const override {
    if (runs_kernels(x)) {
      const kernels::LearnedStep own = grid();
      tally_grids(x, values, Grids({{own.step, own.inverse, own.low, own.high}}, 0), tally);
    } else {
      Quantizer::tally(x, values, tally);
    }
  }

  std::string range_text() const override {
    return alpha_.defined() ? fmt::format("[0, {:.6g}]", alpha_.item<float>()) : "";
  }

 private:
  void set_alpha(const Tensor& alpha) {
    const Tensor first = alpha.detach().to(torch::kFloat).reshape({1});
    alpha_ = first.clamp_min(kLeastScale).clone().requires_grad_(true);
  }

  kernels::LearnedStep grid() const {
    const float scale = numbers_of(alpha_)[0] / static_cast<float>(top_);
    return {scale, 1.0F / scale, 0.0F, 0.0F, static_cast<float>(top_)};
  }

  Quantized by_kernel(Tensor x, float low) const {
    const Tensor learned = torch::GradMode::is_enabled() ? alpha_.view({1, 1}) : Tensor();
    return elementwise(std::move(x), PactKernel{0, 1, grid(), low, numbers_of(alpha_)[0]}, learned);
  }

  Tensor with_aten(const Tensor& x) const {
    const Tensor alpha = alpha_.to(x.options());
    const Tensor beyond = x.detach() >= alpha.detach();
    const Tensor below = torch::where(x.detach() >= 0, x, torch::zeros_like(x));
    const Tensor clipped = torch::where(beyond, alpha, below);
    const Tensor scale = alpha.detach() / top_;
    const Tensor values = (clipped.detach() / scale).round() * scale;
    return values + (clipped - clipped.detach());
  }

  int64_t top_;
  bool starts_at_range_;
  Tensor alpha_;  // [1]
  bool zero_width_ = false;
};

std::unique_ptr<Quantizer> make_pact(const Json& spec, const SiteShape& /*shape*/) {
  return std::make_unique<Pact>(spec);
}

}  // namespace

QuantizerEntry pact_entry() {
  Catalog::Quantizer info;
  info.name = "pact";
  info.learns_when = Json::object();
  info.about = "evenly spaced values from 0 to a learned alpha";
  info.paper = "Choi et al. 2018, arXiv:1805.06085";
  info.min_bits = 1;
  info.max_bits = 8;
  info.for_weights = false;
  info.range_when = {{"alpha", 0}};
  info.unsigned_when = Json::object();
  using Type = Parameter::Type;
  info.parameters = {
      {"alpha",
       Type::Number,
       10.0,
       0,
       1e6,
       {},
       "its first value; 0: the highest value of the calibrated range"},
  };
  return {std::move(info), make_pact};
}

}  // namespace qsweep
