// Floating-point formats of few bits. Of |x|: E = max(floor(log2 |x|), 1 - bias), quantum q = 2^(E
// - m), value min(round(|x| / q) q, max), with x's sign. The formats e4m3 (448 at most, one NaN, no
// infinity), e3m2, e2m3 and e2m1 (numbers only) are those of the Open Compute Project (OFP8 v1.0,
// MX v1.0; e4m3 and e5m2 also arXiv:2209.05433); e5m2, bf16 and fp16 are IEEE's. Other eXmY:
// numbers only, but with 8 exponent bits infinity and NaN. With `scale: max_abs` x is divided by
// max|x| / max first, so that the range fills the format. Gradient: straight through where |x| is
// at most the largest value, else 0.

#include "qsweep/core/error.hpp"
#include "qsweep/quant/channel_scales.hpp"
#include "qsweep/quant/distinct_tally.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/float_levels.hpp"
#include "qsweep/quant/kernels/float_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"
#include "qsweep/quant/usual_parameters.hpp"

#include <torch/types.h>

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace qsweep {
namespace {

using torch::Tensor;

struct MinifloatKernel {
  static constexpr int kLearned = 0;
  int64_t axis;
  int64_t scales;
  ChannelScales own;
  ChannelScales limits;  // the largest values
  kernels::FloatRounding rounding;

  bool forward(const float* x, float* y, int64_t count, int64_t scale) const {
    return kernels::round_to_float(x, y, count, rounding, own.scale(scale), own.inverse(scale));
  }
  bool forward_rows(const float* x, float* y, int64_t count) const {
    return own.round_rows(x, y, count, kernels::round_to_float_row, rounding);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t scale,
                double* /*sums*/) const {
    kernels::pass_within(x, dy, dx, count, limits.scale(scale));
  }
};

class Minifloat : public Quantizer {
 public:
  Minifloat(const FloatFormat& format, const Json& spec, const SiteShape& shape)
      : levels_(format,
                ties_of(spec.at("ties").get<std::string>()),
                spec.at("saturate").get<bool>() ? FloatLevels::Overflow::Saturate
                                                : FloatLevels::Overflow::Special),
        axis_(shape.channel_axis),
        saturates_(spec.at("saturate").get<bool>()),
        scaled_(spec.at("scale") == "max_abs"),
        per_channel_(scaled_ && spec.at("granularity") == "per_channel"),
        limits_({static_cast<float>(levels_.max())}, axis_) {}

  RangeUse range_use() const override { return scaled_ ? RangeUse::Follows : RangeUse::None; }
  bool per_channel() const override { return per_channel_; }
  bool zero_width() const override { return zero_width_; }

  void set_range(const Range& range) override {
    zero_width_ = false;
    std::vector<float> scales;
    std::vector<float> limits;
    for (const float largest : largest_magnitudes(range.min, range.max)) {
      zero_width_ = zero_width_ || largest == 0;
      const float fitting = largest / static_cast<float>(levels_.max());
      scales.push_back(std::max(fitting, std::numeric_limits<float>::min()));
      // The largest itself passes gradients, however the division was rounded.
      limits.push_back(std::max(largest, scales.back() * static_cast<float>(levels_.max())));
    }
    scales_ = ChannelScales(scales, axis_);
    limits_ = ChannelScales(limits, axis_);
  }

  Quantized quantize(Tensor x) override {
    if (!runs_kernels(x)) {
      return {with_aten(x), true};
    }
    const MinifloatKernel kernel{axis_, scales_.count(), scales_, limits_, levels_.rounding()};
    Quantized result = elementwise(std::move(x), kernel);
    if (!saturates_) {
      result.finite = result.finite && torch::isfinite(result.values).all().item<bool>();
    }
    return result;
  }

  int64_t most_levels() const override { return levels_.count(); }
  Tensor codes(const Tensor& values) const override {
    return levels_.codes(values, scales_.spread_over(values));
  }
  void tally(const Tensor& x, const Tensor& values, LevelTally& tally) const override {
    if (runs_kernels(x)) {
      tally_distinct(*this, {axis_, scales_.count()}, x, values, tally);
    } else {
      Quantizer::tally(x, values, tally);
    }
  }

  std::string range_text() const override {
    return fmt::format("[{:.6g}, {:.6g}]", -limits_.largest(), limits_.largest());
  }

 private:
  Tensor with_aten(const Tensor& x) const {
    const Tensor scale = scales_.spread_over(x);
    const Tensor quantized = levels_.rounded(x.detach() / scale) * scale;
    return straight_through(x, quantized, x.detach().abs() <= limits_.spread_over(x));
  }

  FloatLevels levels_;
  int64_t axis_;
  bool saturates_;
  bool scaled_;
  bool per_channel_;
  ChannelScales scales_;
  ChannelScales limits_;
  bool zero_width_ = false;
};

std::unique_ptr<Quantizer> make_minifloat(const Json& spec, const SiteShape& shape) {
  const auto name = spec.at("format").get<std::string>();
  const std::optional<FloatFormat> format = float_format(name);
  if (!format) {
    throw TrialError("'" + name + "' is no floating-point format");
  }
  if (!spec.at("saturate").get<bool>() && !format->has_nan()) {
    throw TrialError("minifloat's 'saturate: false' needs a format with infinity or NaN, which " +
                     name + " has not");
  }
  if (spec.at("scale") == "max_abs" && format->exponent == 8) {
    throw TrialError("minifloat's 'scale: max_abs' is for formats with less range than float32; " +
                     name + " has as much");
  }
  return std::make_unique<Minifloat>(*format, spec, shape);
}

// The names of all formats of which `is_one` holds: eXmY, and bf16 and fp16 among them.
Json formats_that(bool (*is_one)(const FloatFormat& format)) {
  Json names = Json::array();
  for (int exponent = 2; exponent <= 8; ++exponent) {
    for (int mantissa = 1; mantissa <= 10; ++mantissa) {
      if (is_one({exponent, mantissa})) {
        names.push_back(fmt::format("e{}m{}", exponent, mantissa));
      }
    }
  }
  for (const char* name : {"bf16", "fp16"}) {
    if (is_one(*float_format(name))) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace

QuantizerEntry minifloat_entry() {
  Catalog::Quantizer info;
  info.name = "minifloat";
  info.about = "floating point of few bits: a sign, an exponent and a mantissa";
  info.paper = "Micikevicius et al. 2022, arXiv:2209.05433; OCP OFP8 v1.0, MX v1.0";
  const std::vector<std::string> names = {"e4m3", "e5m2", "e3m2", "e2m3", "e2m1", "bf16", "fp16"};
  info.bits_from = "format";
  for (const std::string& name : names) {
    info.format_bits[name] = float_format(name)->bits();
    info.short_forms[name] = {{"format", name}};
  }
  info.range_when = {{"scale", "max_abs"}};
  const auto is_wide = [](const FloatFormat& format) { return format.exponent == 8; };
  const auto has_numbers_only = [](const FloatFormat& format) { return !format.has_nan(); };
  info.nonsense = {{{{"scale", "max_abs"}, {"format", formats_that(is_wide)}},
                    "a format with the exponents of float32 needs none"},
                   {{{"saturate", false}, {"format", formats_that(has_numbers_only)}},
                    "the format has no infinity or NaN"}};
  Parameter granularity =
      granularity_parameter("of the scale: one for the tensor, or one per channel");
  granularity.only_when = {{"scale", "max_abs"}};
  using Type = Parameter::Type;
  info.parameters = {
      {"format",
       Type::Format,
       nullptr,
       0,
       0,
       names,
       "bits of exponent and mantissa; e4m3, e3m2, e2m3 and e2m1 are OCP's, the others IEEE's"},
      {"scale",
       Type::Choice,
       "none",
       0,
       0,
       {"none", "max_abs"},
       "values as they are, or scaled so that the range's largest becomes the format's largest"},
      granularity,
      {"saturate",
       Type::Boolean,
       true,
       0,
       0,
       {},
       "what is too large becomes the largest value; else infinity or NaN, which fails the trial"},
      ties_parameter(),
  };
  return {std::move(info), make_minifloat};
}

}  // namespace qsweep
