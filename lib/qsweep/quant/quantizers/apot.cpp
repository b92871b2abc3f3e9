// APoT (Li et al. 2020, arXiv:1909.13144): values alpha q with a learned alpha and levels q that
// are sums of powers of two (apot_levels.hpp). Activations: clip(x / alpha, 0, 1) to the nearest of
// 2^b levels. Weights: v = (w - mean) / std of the layer, clip(|v / alpha|, 0, 1) to the nearest of
// 2^(b-1) levels, with v's sign. Of two levels the smaller. The gradient of alpha is q - x / alpha
// inside and the end beyond it, that of activations is 1 in [0, alpha], that of v is 1 everywhere;
// mean and std are constants to it. Beyond the paper: `rescale` brings weights back, std alpha q +
// mean, so that a trained network keeps its function; `normalize: false` leaves mean and std out.

#include "qsweep/core/error.hpp"
#include "qsweep/quant/apot_levels.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/table_kernel.hpp"
#include "qsweep/quant/learned_step.hpp"
#include "qsweep/quant/quantizer.hpp"
#include "qsweep/quant/weight_moments.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <fmt/format.h>
#include <limits>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

struct ApotKernel {
  static constexpr int kLearned = 1;
  int64_t axis;
  int64_t scales;
  std::shared_ptr<const ApotLevels> levels;  // the table's
  kernels::LevelTable table;
  kernels::TableGradient gradient;
  float unit;  // of alpha

  bool forward(const float* x, float* y, int64_t count, int64_t /*scale*/) const {
    return kernels::nearest_level(x, y, count, table);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t /*scale*/,
                double* sums) const {
    const double sum = kernels::nearest_level_backward(x, dy, dx, count, table, gradient);
    sums[0] += static_cast<double>(unit) * sum;
  }
};

class Apot : public Quantizer {
 public:
  Apot(const Json& spec, const SiteShape& shape)
      : is_weight_(shape.kind == SiteKind::Weight),
        normalizes_(spec.at("normalize").get<bool>()),
        rescales_(normalizes_ && spec.at("rescale").get<bool>()),
        starts_at_range_(spec.at("alpha").get<double>() == 0.0),
        levels_(apot_levels(spec.at("bits").get<int>() - (is_weight_ ? 1 : 0))) {
    if (starts_at_range_ && normalizes_) {
      throw TrialError(
          "apot: alpha: 0 takes the range of the weights as they are; it needs "
          "normalize: false");
    }
    if (!starts_at_range_) {
      set_alpha(torch::tensor({spec.at("alpha").get<float>()}));
    }
  }

  RangeUse range_use() const override {
    return starts_at_range_ ? RangeUse::Starts : RangeUse::None;
  }
  void set_range(const Range& range) override {
    const Tensor end = is_weight_ ? torch::maximum(range.max, -range.min) : range.max;
    zero_width_ = end.le(0).any().item<bool>();
    set_alpha(end);
  }
  bool zero_width() const override { return zero_width_; }

  Quantized quantize(Tensor x) override {
    return quantize(std::move(x), -std::numeric_limits<float>::infinity());
  }
  bool absorbs_relu() const override { return !is_weight_; }
  Quantized quantize_relu(Tensor x) override {
    return runs_kernels(x) ? quantize(std::move(x), 0.0F) : quantize(torch::relu(x));
  }

  NamedTensors parameters() const override { return {{"alpha", alpha_}}; }
  void after_step(Tensor& /*latent*/) override {
    const torch::NoGradGuard no_grad;
    alpha_.clamp_min_(kLeastScale);
  }

  int64_t most_levels() const override {
    const auto count = static_cast<int64_t>(levels_->values.size());
    return is_weight_ ? 2 * count - 1 : count;
  }

  Tensor codes(const Tensor& values) const override {
    const torch::NoGradGuard no_grad;
    const Tensor levels = signed_levels(values) * scale(values) + offset(values);
    const Tensor found =
        torch::searchsorted(levels, values.contiguous()).clamp_max(levels.numel() - 1);
    return torch::where(levels.take(found) == values, found, torch::full_like(found, -1));
  }

  std::string range_text() const override {
    if (!alpha_.defined() || (normalizes_ && !moments_.mean.defined())) {
      return "";
    }
    const torch::NoGradGuard no_grad;
    const float end = scale(alpha_).item<float>();
    const float middle = offset(alpha_).item<float>();
    return fmt::format("[{:.6g}, {:.6g}]", is_weight_ ? middle - end : middle, middle + end);
  }

 private:
  void set_alpha(const Tensor& alpha) {
    const Tensor first = alpha.detach().to(torch::kFloat).reshape({1});
    alpha_ = first.clamp_min(kLeastScale).clone().requires_grad_(true);
  }

  // Where the unit of alpha is the weights' deviation, the deviation; else 1.
  Tensor unit(const Tensor& like) const {
    return rescales_ ? moments_.deviation.to(like.options()) : torch::ones({}, like.options());
  }
  Tensor scale(const Tensor& like) const { return alpha_.to(like.options()) * unit(like); }
  Tensor offset(const Tensor& like) const {
    return rescales_ ? moments_.mean.to(like.options()) : torch::zeros({}, like.options());
  }

  Tensor signed_levels(const Tensor& like) const {
    const Tensor levels = torch::tensor(levels_->values).to(like.options());
    return is_weight_ ? torch::cat({-levels.flip(0), levels.slice(0, 1)}) : levels;
  }

  Quantized quantize(Tensor x, float floor) {
    if (normalizes_) {
      moments_ = weight_moments(x);
      // Off the CPU nobody waits for the number.
      const float deviation = runs_kernels(x) ? moments_.deviation.item<float>() : 0.0F;
      zero_width_ = runs_kernels(x) && deviation == 0.0F;
      if (deviation < kLeastScale) {
        moments_.deviation.clamp_min_(kLeastScale);
      }
    }
    return runs_kernels(x) ? by_kernel(std::move(x), floor) : Quantized{with_aten(x), true};
  }

  Quantized by_kernel(Tensor x, float floor) const {
    const float alpha = numbers_of(alpha_)[0];
    const float mean = normalizes_ ? moments_.mean.item<float>() : 0.0F;
    const float deviation = normalizes_ ? moments_.deviation.item<float>() : 1.0F;
    const float unit = rescales_ ? deviation : 1.0F;
    const kernels::LevelTable table{static_cast<int64_t>(levels_->middles.size()),
                                    levels_->values.data(),
                                    levels_->middles.data(),
                                    levels_->nearest.data() + levels_->places,
                                    static_cast<float>(levels_->places),
                                    mean,
                                    1.0F / (deviation * alpha),
                                    is_weight_ ? -1.0F : 0.0F,
                                    alpha * unit,
                                    rescales_ ? mean : 0.0F,
                                    levels_->marks.data(),
                                    levels_->ranks.data()};
    const kernels::TableGradient gradient{is_weight_, floor, unit / deviation};
    const Tensor learned = torch::GradMode::is_enabled() ? alpha_.view({1, 1}) : Tensor();
    return elementwise(std::move(x), ApotKernel{0, 1, levels_, table, gradient, unit}, learned);
  }

  Tensor nearest(const Tensor& t) const {
    const Tensor table = torch::tensor(levels_->nearest).to(t.options());
    const Tensor place = (t.abs() * levels_->places).ceil().nan_to_num().to(torch::kLong);
    return table.take(place + levels_->places) * t.sign();
  }

  Tensor with_aten(const Tensor& x) const {
    const Tensor v = normalizes_ ? (x - moments_.mean) / moments_.deviation : x;
    const Tensor alpha = alpha_.to(x.options());
    const Tensor t = (v / alpha).detach();
    const Tensor end = t.clamp(is_weight_ ? -1 : 0, 1);
    const Tensor level = nearest(end);
    const Tensor passed = is_weight_ ? v - v.detach() : torch::zeros_like(v);
    const Tensor straight =
        torch::where(t == end, v + alpha * (level - t), alpha * end + passed) * unit(x);
    return level * scale(x).detach() + offset(x) + (straight - straight.detach());
  }

  bool is_weight_;
  bool normalizes_;
  bool rescales_;
  bool starts_at_range_;
  std::shared_ptr<const ApotLevels> levels_;
  Tensor alpha_;           // [1]
  WeightMoments moments_;  // of the weight last quantized
  bool zero_width_ = false;
};

std::unique_ptr<Quantizer> make_apot(const Json& spec, const SiteShape& shape) {
  return std::make_unique<Apot>(spec, shape);
}

}  // namespace

QuantizerEntry apot_entry() {
  Catalog::Quantizer info;
  info.name = "apot";
  info.learns_when = Json::object();
  info.about = "values that are sums of powers of two, times a learned alpha";
  info.paper = "Li et al. 2020, arXiv:1909.13144";
  info.min_bits = 2;
  info.max_bits = 6;
  info.range_when = {{"alpha", 0}};
  info.unsigned_when = Json::object();
  info.nonsense = {{{{"normalize", true}, {"alpha", 0}}, "normalized weights have no range"}};
  info.scale_bytes = 8;  // and the mean
  using Type = Parameter::Type;
  info.parameters = {
      {"alpha",
       Type::Number,
       8.0,
       0,
       1e6,
       {},
       "its first value; 0: the end of the calibrated range (weights: with normalize: false)"},
      {"normalize", Type::Boolean, false, 0, 0, {}, "quantize (w - mean) / std of the layer", true},
      {"rescale",
       Type::Boolean,
       false,
       0,
       0,
       {},
       "with normalize: multiply by std and add mean again, which the paper does not",
       true,
       {{"normalize", true}}},
  };
  info.weight_defaults = {{"alpha", 3.0}, {"normalize", true}, {"rescale", true}};
  return {std::move(info), make_apot};
}

}  // namespace qsweep
