// DoReFa-Net (Zhou et al. 2016, arXiv:1606.06160), with quantize(r) = round(n r) / n, n = 2^b - 1.
// Activations: quantize(clip(x, 0, 1)), gradient 1 in [0, 1]. Weights: 2 quantize(tanh(w) / (2 M) +
// 1/2) - 1, M = max|tanh w| of the layer, a constant to the gradient, which passes through tanh; 1
// bit: sign(w) mean|w| with the gradient 1, the mean a constant too. Beyond the paper: `rescale`
// multiplies by M, so that weights keep their magnitude; `gradient: identity` leaves tanh out of
// it.

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/grid.hpp"
#include "qsweep/quant/kernels/clip_kernel.hpp"
#include "qsweep/quant/kernels/dorefa_cuts.hpp"
#include "qsweep/quant/kernels/dorefa_kernel.hpp"
#include "qsweep/quant/kernels/sign_kernel.hpp"
#include "qsweep/quant/learned_step.hpp"
#include "qsweep/quant/magnitude.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

int64_t top_of(const Json& spec) {
  return (int64_t{1} << spec.at("bits").get<int>()) - 1;
}

struct ClippedKernel {
  static constexpr int kLearned = 0;
  int64_t axis;
  int64_t scales;
  kernels::LearnedStep grid;
  float low;  // the least x that passes gradients

  bool forward(const float* x, float* y, int64_t count, int64_t /*scale*/) const {
    return kernels::learned_step(x, y, count, grid, 0.0F);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t /*scale*/,
                double* /*sums*/) const {
    kernels::clip_backward(x, dy, dx, count, low, std::nextafter(1.0F, 2.0F));  // 1 passes
  }
};

class DorefaActivation : public Quantizer {
 public:
  explicit DorefaActivation(const Json& spec) : top_(top_of(spec)) {}

  Quantized quantize(Tensor x) override {
    return runs_kernels(x) ? elementwise(std::move(x), ClippedKernel{0, 1, grid(), 0.0F})
                           : Quantized{with_aten(x), true};
  }
  bool absorbs_relu() const override { return true; }
  Quantized quantize_relu(Tensor x) override {
    if (!runs_kernels(x)) {
      return {with_aten(torch::relu(x)), true};
    }
    return elementwise(std::move(x), ClippedKernel{0, 1, grid(), std::nextafter(0.0F, 1.0F)});
  }

  int64_t most_levels() const override { return top_ + 1; }
  Tensor codes(const Tensor& values) const override {
    const Tensor place = (values * top_).round();
    const Tensor code = place.to(torch::kLong);
    return torch::where(place * step(values) == values, code, torch::full_like(code, -1));
  }
  void tally(const Tensor& x, const Tensor& values, LevelTally& tally) const override {
    if (runs_kernels(x)) {
      const kernels::LearnedStep own = grid();
      tally_grids(x, values, Grids({{own.step, own.inverse, own.low, own.high}}, 0), tally);
    } else {
      Quantizer::tally(x, values, tally);
    }
  }
  std::string range_text() const override { return "[0, 1]"; }

 private:
  kernels::LearnedStep grid() const {
    const auto top = static_cast<float>(top_);
    return {1.0F / top, top, 0.0F, 0.0F, top};
  }
  Tensor step(const Tensor& like) const { return torch::ones({}, like.options()) / top_; }

  Tensor with_aten(const Tensor& x) const {
    const Tensor clipped = x.clamp(0, 1);  // its gradient is 1 at both ends too
    const Tensor values = (clipped.detach() * top_).round() * step(x);
    return values + (clipped - clipped.detach());
  }

  int64_t top_;
};

struct TanhKernel {
  static constexpr int kLearned = 0;
  int64_t axis;
  int64_t scales;
  kernels::DorefaGrid grid;
  std::optional<kernels::DorefaCuts> cuts;  // of few levels
  float slope;
  kernels::TanhRange range;
  bool through_tanh;

  bool forward(const float* x, float* y, int64_t count, int64_t /*scale*/) const {
    return cuts ? kernels::dorefa(x, y, count, *cuts, 2.0F * grid.scale)
                : kernels::dorefa(x, y, count, grid, range);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t /*scale*/,
                double* /*sums*/) const {
    if (through_tanh) {
      kernels::dorefa_backward(x, dy, dx, count, slope, range);
    } else {
      std::copy(dy, dy + count, dx);
    }
  }
};

class DorefaWeight : public Quantizer {
 public:
  explicit DorefaWeight(const Json& spec)
      : bits_(spec.at("bits").get<int>()),
        top_(top_of(spec)),
        rescales_(spec.at("rescale").get<bool>()),
        through_tanh_(spec.at("gradient") == "tanh") {}

  // tanh is monotone: M is that of the largest |w|.
  Quantized quantize(Tensor x) override {
    const Tensor magnitude = largest_magnitude(x, {});
    if (runs_kernels(x)) {
      return by_kernel(std::move(x), numbers_of(magnitude)[0]);
    }
    const Tensor largest = magnitude.tanh().clamp_min(kLeastScale);
    const Tensor height = rescales_ ? largest : torch::ones_like(largest);
    scale_ = height / top_;
    return {with_aten(x, largest, height), true};
  }

  bool zero_width() const override { return zero_width_; }
  int64_t most_levels() const override { return top_ + 1; }

  // Values are odd multiples of the scale.
  Tensor codes(const Tensor& values) const override {
    const Tensor scale = scale_.to(values.options());
    const Tensor place = (values / scale).round();
    const Tensor code = (place + top_).to(torch::kLong);
    const Tensor is_level = (place * scale == values).logical_and(code % 2 == 0);
    return torch::where(is_level, code.div(2, "floor"), torch::full_like(code, -1));
  }
  std::optional<IntegerLevels> integer_levels(const Tensor& /*values*/) const override {
    return IntegerLevels{scale_.to(torch::kFloat), torch::tensor(-top_), 2, {}};
  }

  std::string range_text() const override {
    if (!scale_.defined()) {
      return "";
    }
    const float height = (scale_ * top_).item<float>();
    return fmt::format("[{:.6g}, {:.6g}]", -height, height);
  }

 private:
  Quantized by_kernel(Tensor x, float magnitude) {
    zero_width_ = magnitude == 0.0F;
    const double exact = std::max<double>(std::tanh(static_cast<double>(magnitude)), kLeastScale);
    const auto largest = static_cast<float>(exact);
    const float height = rescales_ ? largest : 1.0F;
    const auto top = static_cast<float>(top_);
    scale_ = torch::scalar_tensor(height / top, x.options());
    const kernels::DorefaGrid grid{top / (2.0F * largest), top, height / top};
    std::optional<kernels::DorefaCuts> cuts;
    if (bits_ <= kernels::DorefaCuts::kMostBits) {
      cuts = kernels::dorefa_cuts(bits_, exact);
    }
    const kernels::TanhRange range = kernels::tanh_range(magnitude);
    return elementwise(std::move(x),
                       TanhKernel{0, 1, grid, cuts, height / largest, range, through_tanh_});
  }

  Tensor with_aten(const Tensor& x, const Tensor& largest, const Tensor& height) const {
    const torch::Tensor code =
        (x.detach().tanh() * (top_ / (2 * largest)) + 0.5 * static_cast<double>(top_))
            .round()
            .clamp(0, top_);
    const Tensor values = (2 * code - top_) * scale_;
    const Tensor straight = through_tanh_ ? x.tanh() * (height / largest) : x;
    return values + (straight - straight.detach());
  }

  int bits_;
  int64_t top_;
  bool rescales_;
  bool through_tanh_;
  Tensor scale_;  // of the values last quantized: half the distance of neighbours
  bool zero_width_ = false;
};

struct BinaryKernel {
  static constexpr int kLearned = 0;
  int64_t axis;
  int64_t scales;
  float scale;

  bool forward(const float* x, float* y, int64_t count, int64_t /*scale*/) const {
    return kernels::sign(x, y, count, scale);
  }
  void backward(const float* /*x*/,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t /*scale*/,
                double* /*sums*/) const {
    std::copy(dy, dy + count, dx);
  }
};

class DorefaBinaryWeight : public Quantizer {
 public:
  Quantized quantize(Tensor x) override {
    scale_ = mean_magnitude(x, {});
    if (runs_kernels(x)) {
      return elementwise(std::move(x), BinaryKernel{0, 1, scale_.item<float>()});
    }
    const Tensor values = torch::where(x.detach() >= 0, scale_, -scale_);
    return {values + (x - x.detach()), true};
  }

  bool zero_width() const override { return scale_.defined() && scale_.item<float>() == 0.0F; }
  int64_t most_levels() const override { return 2; }
  Tensor codes(const Tensor& values) const override {
    const Tensor code = (values >= 0).to(torch::kLong);
    return torch::where(values.abs() == scale_, code, torch::full_like(code, -1));
  }
  std::optional<IntegerLevels> integer_levels(const Tensor& /*values*/) const override {
    return IntegerLevels{scale_.to(torch::kFloat), torch::tensor(int64_t{-1}), 2, {}};
  }
  std::string range_text() const override {
    return scale_.defined()
               ? fmt::format("[{:.6g}, {:.6g}]", -scale_.item<float>(), scale_.item<float>())
               : "";
  }

 private:
  Tensor scale_;  // of the values last quantized
};

std::unique_ptr<Quantizer> make_dorefa(const Json& spec, const SiteShape& shape) {
  if (shape.kind != SiteKind::Weight) {
    return std::make_unique<DorefaActivation>(spec);
  }
  if (spec.at("bits") == 1) {
    return std::make_unique<DorefaBinaryWeight>();
  }
  return std::make_unique<DorefaWeight>(spec);
}

}  // namespace

QuantizerEntry dorefa_entry() {
  Catalog::Quantizer info;
  info.name = "dorefa";
  info.about = "weights: evenly spaced tanh(w), without a zero; activations: evenly from 0 to 1";
  info.paper = "Zhou et al. 2016, arXiv:1606.06160";
  info.min_bits = 1;
  info.max_bits = 8;
  info.range_when = nullptr;
  info.unsigned_when = Json::object();
  const Json with_tanh{2, 3, 4, 5, 6, 7, 8};
  using Per = ScaleSpread::Per;
  info.scales = {{{{"rescale", false}, {"bits", with_tanh}}, Per::None, ""},
                 {Json::object(), Per::Tensor, ""}};
  using Type = Parameter::Type;
  info.parameters = {
      {"rescale",
       Type::Boolean,
       true,
       0,
       0,
       {},
       "from 2 bits on: multiply by max|tanh w|, or let weights reach from -1 to 1 as the paper",
       true,
       {{"bits", with_tanh}}},
      {"gradient",
       Type::Choice,
       "tanh",
       0,
       0,
       {"tanh", "identity"},
       "from 2 bits on: of tanh, or passed on as it is",
       true,
       {{"bits", with_tanh}}},
  };
  return {std::move(info), make_dorefa};
}

}  // namespace qsweep
