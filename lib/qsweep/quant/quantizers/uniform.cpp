// Uniform quantization: q = clip(round(x / s) + z, n, p), value s (q - z). Affine: codes 0 .. 2^b -
// 1, s = (max' - min') / (2^b - 1) with zero inside the range, z an integer code. Symmetric: z = 0,
// codes from -(2^(b-1) - 1) (narrow) or -2^(b-1) (full) to 2^(b-1) - 1, s = max|x| / ((p - n) / 2).
// Scales and codes as torch.ao's observers compute them, in float32. Gradient: straight through
// where the rounded value lies within the range, else 0 (Jacob et al. 2018, arXiv 1712.05877).

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/grid.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/torch.h>

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

Codes codes_of(int bits, bool symmetric, bool narrow) {
  const int64_t half = int64_t{1} << (bits - 1);
  if (!symmetric) {
    return {0, 2 * half - 1};
  }
  return {narrow ? 1 - half : -half, half - 1};
}

class Uniform : public Quantizer {
 public:
  Uniform(const Json& spec, const SiteShape& shape)
      : axis_(shape.channel_axis),
        per_channel_(spec.at("granularity") == "per_channel"),
        symmetric_(spec.at("symmetric").get<bool>()),
        codes_(codes_of(spec.at("bits").get<int>(), symmetric_, spec.at("narrow").get<bool>())) {}

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
    return runs_kernels(x) ? fake_quantize(std::move(x), grids_) : Quantized{with_aten(x), true};
  }

  bool absorbs_relu() const override { return true; }
  Quantized quantize_relu(Tensor x) override {
    return runs_kernels(x) ? fake_quantize_relu(std::move(x), grids_of_relu_)
                           : Quantized{with_aten(torch::relu(x)), true};
  }

  bool absorbs_add() const override { return !per_channel_; }
  Quantized quantize_sum(Tensor a, Tensor b) override {
    const bool in_one_pass = runs_kernels(a) && runs_kernels(b) && a.sizes() == b.sizes() &&
                             a.strides() == b.strides() && a.is_non_overlapping_and_dense();
    return in_one_pass ? fake_quantize_sum(std::move(a), b, grids_) : quantize(a + b);
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
    zero_width_ = zero_width_ || low == high;
    const auto steps = static_cast<float>(codes_.high - codes_.low);
    const float wanted = symmetric_ ? std::max(-low, high) / (steps / 2) : (high - low) / steps;
    const float scale = std::max(wanted, std::numeric_limits<float>::epsilon());
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

  std::vector<float> scales() const {
    std::vector<float> scales;
    for (int64_t i = 0; i < grids_.count(); ++i) {
      scales.push_back(grids_[i].scale);
    }
    return scales;
  }

  // Numbers per scale, on the device of `like` and in a shape that spreads over it.
  Tensor spread(const Tensor& numbers, const Tensor& like) const {
    std::vector<int64_t> shape(static_cast<size_t>(like.dim()), 1);
    if (per_channel_) {
      shape[static_cast<size_t>(axis_)] = numbers.numel();
    }
    return numbers.to(like.device()).view(shape);
  }

  // Off the CPU, or in other types, by the operator that the kernel equals bit for bit.
  Tensor with_aten(const Tensor& x) const {
    if (!per_channel_) {
      return torch::fake_quantize_per_tensor_affine(
          x, static_cast<double>(grids_[0].scale), zero_points_[0], codes_.low, codes_.high);
    }
    return torch::fake_quantize_per_channel_affine(x,
                                                   torch::tensor(scales()).to(x.device()),
                                                   torch::tensor(zero_points_).to(x.device()),
                                                   axis_,
                                                   codes_.low,
                                                   codes_.high);
  }

  int64_t axis_;
  bool per_channel_;
  bool symmetric_;
  Codes codes_;
  Grids grids_;
  Grids grids_of_relu_;
  std::vector<int32_t> zero_points_;
  bool zero_width_ = false;
};

std::unique_ptr<Quantizer> make_uniform(const Json& spec, const SiteShape& shape) {
  return std::make_unique<Uniform>(spec, shape);
}

}  // namespace

QuantizerEntry uniform_entry() {
  Catalog::Quantizer info;
  info.name = "uniform";
  info.about = "evenly spaced values, symmetric or affine";
  info.paper = "Jacob et al. 2018, arXiv:1712.05877";
  info.min_bits = 2;
  info.max_bits = 16;
  using Type = Parameter::Type;
  info.parameters = {
      {"granularity",
       Type::Choice,
       "per_tensor",
       0,
       0,
       {"per_tensor", "per_channel"},
       "one scale for the tensor, or one per channel"},
      {"symmetric", Type::Boolean, false, 0, 0, {}, "codes around zero, without a zero point"},
      {"narrow", Type::Boolean, false, 0, 0, {}, "symmetric: leave out the lowest code"},
  };
  info.weight_defaults = {{"symmetric", true}, {"narrow", true}};
  return {std::move(info), make_uniform};
}

}  // namespace qsweep
