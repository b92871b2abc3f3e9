// Uniform quantization: q = clip(round(x / s) + z, n, p), value s (q - z). Affine: codes 0 .. 2^b -
// 1, s = (max' - min') / (2^b - 1) with zero inside the range, z an integer code. Symmetric: z = 0,
// codes from -(2^(b-1) - 1) (narrow) or -2^(b-1) (full) to 2^(b-1) - 1, s = max|x| / ((p - n) / 2);
// unsigned, codes 0 .. 2^b - 1 and s = max / (2^b - 1), negative values becoming 0. Scales and
// codes as torch.ao's observers compute them, in float32. Gradient: straight through where the
// value rounded to nearest lies within the range, else 0 (Jacob et al. 2018, arXiv 1712.05877).
//
// power_of_two: s becomes 2^ceil(log2 s), so that nothing is clipped that was not before (TQT,
// arXiv:1903.08066, rounds the end of the range instead, and clips what its highest code does not
// reach); nearest_power_of_two: 2^round(log2 s), as MQBench. Stochastic rounding
// (Gupta et al. 2015, arXiv:1502.02551) is up with the probability of the distance from below,
// while training.

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/folded_norm.hpp"
#include "qsweep/quant/grid.hpp"
#include "qsweep/quant/noise_stream.hpp"
#include "qsweep/quant/quantizer.hpp"
#include "qsweep/quant/scale_axis.hpp"
#include "qsweep/quant/with_slope.hpp"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace qsweep {
namespace {

using kernels::Grid;
using torch::Tensor;

struct Codes {
  int64_t low;
  int64_t high;
};

Codes codes_in(const Json& spec) {
  const int64_t half = int64_t{1} << (spec.at("bits").get<int>() - 1);
  if (!spec.at("symmetric").get<bool>() || !spec.at("signed").get<bool>()) {
    return {0, 2 * half - 1};
  }
  return {spec.at("narrow").get<bool>() ? 1 - half : -half, half - 1};
}

// s = m 2^e with 1/2 <= m < 1, exactly.
float power_of_two_from(float scale) {
  int exponent = 0;
  const float mantissa = std::frexp(scale, &exponent);
  return std::ldexp(1.0F, mantissa == 0.5F ? exponent - 1 : exponent);
}

float nearest_power_of_two(float scale) {
  return std::exp2(std::nearbyint(std::log2(scale)));
}

class Uniform : public Quantizer {
 public:
  Uniform(const Json& spec, const SiteShape& shape)
      : axis_(shape.channel_axis),
        per_channel_(spec.at("granularity") != "per_tensor"),
        symmetric_(spec.at("symmetric").get<bool>()),
        codes_(codes_in(spec)),
        scale_kind_(spec.at("scale")),
        stochastic_(spec.at("rounding") == "stochastic") {}

  void begin(const Phase& phase) override {
    if (stochastic_) {
      noise_.begin(phase);
    }
  }

  RangeUse range_use() const override { return RangeUse::Follows; }
  bool per_channel() const override { return per_channel_; }

  void set_range(const Range& range) override {
    const std::vector<float> low = numbers_of(range.min);
    const std::vector<float> high = numbers_of(range.max);
    zero_points_.clear();
    zero_width_ = false;
    std::vector<Grid> grids;
    for (size_t i = 0; i < low.size(); ++i) {
      grids.push_back(make_grid(std::min(low[i], 0.0F), std::max(high[i], 0.0F)));
    }
    grids_ = Grids(std::move(grids), axis_);
    grids_of_relu_ = grids_.of_relu();
  }

  Quantized quantize(Tensor x) override {
    const RoundingNoise noise = noise_.next();
    return runs_kernels(x) ? fake_quantize(std::move(x), grids_, noise)
                           : Quantized{with_aten(x, noise), true};
  }

  bool absorbs_relu() const override { return true; }
  Quantized quantize_relu(Tensor x) override {
    const RoundingNoise noise = noise_.next();
    return runs_kernels(x) ? fake_quantize_relu(std::move(x), grids_of_relu_, noise)
                           : Quantized{with_aten(torch::relu(x), noise), true};
  }

  bool absorbs_add() const override { return !per_channel_; }
  Quantized quantize_sum(Tensor a, Tensor b) override {
    const bool in_one_pass = runs_kernels(a) && runs_kernels(b) && a.sizes() == b.sizes() &&
                             a.strides() == b.strides() && a.is_non_overlapping_and_dense();
    return in_one_pass ? fake_quantize_sum(std::move(a), b, grids_) : quantize(a + b);
  }

  Quantized quantize_norm(const Tensor& x, const FoldedNorm& norm) override {
    return per_channel_ ? Quantizer::quantize_norm(x, norm) : norm.quantize(x, grids_[0]);
  }

  int64_t most_levels() const override { return codes_.high - codes_.low + 1; }

  Tensor codes(const Tensor& values) const override {
    std::vector<float> offsets;
    for (const int32_t zero_point : zero_points_) {
      offsets.push_back(static_cast<float>(zero_point - codes_.low));
    }
    const Tensor scale = spread(torch::tensor(scales()), values);
    const Tensor place = (values / scale).round();
    const Tensor code = (place + spread(torch::tensor(offsets), values)).to(torch::kLong);
    return torch::where(place * scale == values, code, torch::full_like(code, -1));
  }

  std::optional<IntegerLevels> integer_levels(const Tensor& values) const override {
    std::vector<int64_t> lows;
    for (const int32_t zero_point : zero_points_) {
      lows.push_back(codes_.low - zero_point);
    }
    return IntegerLevels{spread(torch::tensor(scales()), values),
                         spread(torch::tensor(lows, torch::kLong), values),
                         1,
                         {}};
  }

  void tally(const Tensor& x, const Tensor& values, LevelTally& tally) const override {
    if (runs_kernels(x)) {
      tally_grids(x, values, grids_, tally);
    } else {
      Quantizer::tally(x, values, tally);
    }
  }

  std::string range_text() const override {
    float low = std::numeric_limits<float>::infinity();
    float high = -low;
    for (int64_t i = 0; i < grids_.count(); ++i) {
      low = std::min(low, grids_[i].low * grids_[i].scale);
      high = std::max(high, grids_[i].high * grids_[i].scale);
    }
    return fmt::format("[{:.6g}, {:.6g}]", low, high);
  }

  bool zero_width() const override { return zero_width_; }

 private:
  // `low` <= 0 <= `high`.
  Grid make_grid(float low, float high) {
    const float scale = scale_of(low, high);
    int64_t zero_point = 0;
    if (!symmetric_) {
      zero_point = codes_.low - static_cast<int64_t>(std::nearbyint(low / scale));
      zero_point = std::clamp(zero_point, codes_.low, codes_.high);
    }
    zero_points_.push_back(static_cast<int32_t>(zero_point));
    return {scale,
            1.0F / scale,
            static_cast<float>(codes_.low - zero_point),
            static_cast<float>(codes_.high - zero_point)};
  }

  float scale_of(float low, float high) {
    const auto steps = static_cast<float>(codes_.high - codes_.low);
    float width = high - low;
    if (symmetric_) {
      width = codes_.low < 0 ? std::max(-low, high) : high;
    }
    zero_width_ = zero_width_ || width == 0;
    const float wanted = symmetric_ && codes_.low < 0 ? width / (steps / 2) : width / steps;
    const float scale = std::max(wanted, std::numeric_limits<float>::epsilon());
    if (scale_kind_ == "free") {
      return scale;
    }
    return scale_kind_ == "power_of_two" ? power_of_two_from(scale) : nearest_power_of_two(scale);
  }

  std::vector<float> scales() const {
    std::vector<float> scales;
    for (int64_t i = 0; i < grids_.count(); ++i) {
      scales.push_back(grids_[i].scale);
    }
    return scales;
  }

  Tensor spread(const Tensor& numbers, const Tensor& like) const {
    return ScaleAxis{axis_, grids_.count()}.spread(numbers, like);
  }

  // Off the CPU, or in other types, by the operator that the kernel equals bit for bit.
  Tensor with_aten(const Tensor& x, const RoundingNoise& noise) const {
    return noise ? drawn_with_aten(x, *noise) : rounded_with_aten(x);
  }

  Tensor rounded_with_aten(const Tensor& x) const {
    if (!per_channel_) {
      return torch::fake_quantize_per_tensor_affine(
          x, static_cast<double>(grids_[0].scale), zero_points_[0], codes_.low, codes_.high);
    }
    return torch::fake_quantize_per_channel_affine(
        x,
        torch::tensor(scales()).to(x.device()),
        torch::tensor(zero_points_, torch::kInt).to(x.device()),
        axis_,
        codes_.low,
        codes_.high);
  }

  Tensor drawn_with_aten(const Tensor& x, const kernels::NoiseKey& noise) const {
    std::vector<float> lows;
    std::vector<float> highs;
    for (int64_t i = 0; i < grids_.count(); ++i) {
      lows.push_back(grids_[i].low);
      highs.push_back(grids_[i].high);
    }
    const Tensor memory = dense(x);
    const Tensor values = memory.detach();
    const Tensor scale = spread(torch::tensor(scales()), values).to(values.scalar_type());
    const Tensor low = spread(torch::tensor(lows), values);
    const Tensor high = spread(torch::tensor(highs), values);
    const Tensor place = values / scale;
    const Tensor below = place.floor();
    const Tensor code = below + (noise_like(values, noise) < place - below);
    const Tensor nearest = place.round();
    const Tensor inside = (nearest >= low).logical_and(nearest <= high).to(values.scalar_type());
    return with_slope(memory, torch::minimum(torch::maximum(code, low), high) * scale, inside);
  }

  int64_t axis_;
  bool per_channel_;
  bool symmetric_;
  Codes codes_;
  std::string scale_kind_;
  bool stochastic_;
  NoiseStream noise_;
  Grids grids_;
  Grids grids_of_relu_;
  std::vector<int32_t> zero_points_;
  bool zero_width_ = false;
};

std::unique_ptr<Quantizer> make_uniform(const Json& spec, const SiteShape& shape) {
  return std::make_unique<Uniform>(spec, shape);
}

std::vector<Parameter> uniform_parameters() {
  using Type = Parameter::Type;
  return {
      {"granularity",
       Type::Choice,
       "per_tensor",
       0,
       0,
       {"per_tensor", "per_channel", "per_group"},
       "one scale for the tensor, one per channel, or of weights one per group of neighbours"},
      {"group",
       Type::Integer,
       128,
       1,
       1 << 20,
       {},
       "per_group: weights of a group",
       true,
       {{"granularity", "per_group"}}},
      {"symmetric", Type::Boolean, false, 0, 0, {}, "codes around zero, without a zero point"},
      {"narrow", Type::Boolean, false, 0, 0, {}, "symmetric: leave out the lowest code"},
      {"signed", Type::Boolean, true, 0, 0, {}, "symmetric: false for codes from 0, as of a ReLU"},
      {"scale",
       Type::Choice,
       "free",
       0,
       0,
       {"free", "power_of_two", "nearest_power_of_two"},
       "any number, or the next power of two from it, or the nearest"},
      {"rounding",
       Type::Choice,
       "nearest",
       0,
       0,
       {"nearest", "stochastic"},
       "ties to even, or while training up or down by chance"},
  };
}

}  // namespace

QuantizerEntry uniform_entry() {
  Catalog::Quantizer info;
  info.name = "uniform";
  info.about = "evenly spaced values, symmetric or affine";
  info.paper = "Jacob et al. 2018, arXiv:1712.05877";
  info.min_bits = 2;
  info.max_bits = 16;
  info.parameters = uniform_parameters();
  info.unsigned_when = {{"symmetric", true}, {"signed", false}};
  info.nonsense = {
      {{{"symmetric", false}, {"signed", false}}, "affine codes count from 0 already"},
      {{{"symmetric", false}, {"narrow", true}}, "only symmetric codes can be narrow", "narrow"},
      {{{"signed", false}, {"narrow", true}}, "codes from 0 have no lowest one to leave out"}};
  info.weight_defaults = {{"symmetric", true}, {"narrow", true}};
  return {std::move(info), make_uniform};
}

}  // namespace qsweep
