// Binary quantization: x becomes 1 where x >= 0, else -1 (BinaryNet, arXiv:1602.02830). With
// `stochastic` a training draws 1 with the probability clip((x + 1) / 2, 0, 1) (BinaryConnect,
// arXiv:1511.00363). With a scale the values are +-a: a = mean|w| of the tensor or of each channel
// (XNOR-Net, arXiv:1603.05279), or a = max|w|.
//
// Gradient: dx = a g slope(x) + sign(x) mean(g sign(x)), the mean over what shares the scale, and
// the second term for mean_abs alone. The slopes are in kernels/sign_kernel.hpp: clipped; identity;
// polynomial (Bi-Real, arXiv:1808.00278); tanh (IR-Net, arXiv:1909.10788); swish (BNN+,
// arXiv:1812.11800). Deviation: IR-Net's t is 10^(-3 + 4 i / N) in epoch i of N; here it starts at
// 10^-3 in the first epoch and is 10 in the last.

#include "qsweep/core/error.hpp"
#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/sign_kernel.hpp"
#include "qsweep/quant/magnitude.hpp"
#include "qsweep/quant/noise_stream.hpp"
#include "qsweep/quant/quantizer.hpp"
#include "qsweep/quant/with_slope.hpp"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace qsweep {
namespace {

using kernels::SignSlope;
using torch::Tensor;

constexpr float kSwishBeta = 5.0F;

struct SignKernel {
  static constexpr int kLearned = 0;
  int64_t axis = 0;
  int64_t scales = 1;
  SignSlope slope;

  bool forward(const float* x, float* y, int64_t count, int64_t /*scale*/) const {
    return kernels::sign(x, y, count, 1.0F);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t /*scale*/,
                double* /*sums*/) const {
    kernels::sign_backward(x, dy, dx, count, 1.0F, slope);
  }
};

struct StochasticSignKernel : SignKernel {
  kernels::NoiseKey noise;

  bool forward_at(const float* x, float* y, int64_t count, int64_t /*scale*/, int64_t place) const {
    return kernels::sign_stochastic(x, y, count, noise, place);
  }
};

// The scale is a constant to the gradient, unless MeanSignKernel adds its part.
struct ScaledSignKernel {
  static constexpr int kLearned = 0;
  int64_t axis = 0;
  int64_t scales = 1;
  SignSlope slope;
  std::vector<float> scale_of;

  float of(int64_t scale) const { return scale_of[static_cast<size_t>(scale)]; }
  bool forward(const float* x, float* y, int64_t count, int64_t scale) const {
    return kernels::sign(x, y, count, of(scale));
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t scale,
                double* /*sums*/) const {
    kernels::sign_backward(x, dy, dx, count, of(scale), slope);
  }
};

// The scale is the mean of |x|, which passes its gradient on to each x.
struct MeanSignKernel : ScaledSignKernel {
  int64_t sharing = 1;  // elements that share a scale

  double gradient_sum(const float* x, const float* dy, int64_t count, int64_t /*scale*/) const {
    return kernels::sign_scale_gradient(x, dy, count);
  }
  void backward_with(
      const float* x, const float* dy, float* dx, int64_t count, int64_t scale, double sum) const {
    constexpr int64_t kBlock = 2048;  // what is read twice stays in cache
    const auto mean = static_cast<float>(sum / static_cast<double>(sharing));
    for (int64_t first = 0; first < count; first += kBlock) {
      const int64_t length = std::min(kBlock, count - first);
      kernels::sign_backward(x + first, dy + first, dx + first, length, of(scale), slope);
      kernels::add_signs(x + first, dx + first, length, mean);
    }
  }
};

// kernels::SignSlope by torch's operators.
Tensor slope_at(const Tensor& x, const SignSlope& slope) {
  const auto sharpness = static_cast<double>(slope.sharpness);
  switch (slope.shape) {
    case SignSlope::Shape::Clipped:
      return (x.abs() <= 1).to(x.scalar_type());
    case SignSlope::Shape::Identity:
      return torch::ones_like(x);
    case SignSlope::Shape::Polynomial:
      return (2 - 2 * x.abs()).clamp_min(0);
    case SignSlope::Shape::Tanh:
      return std::max(1.0, sharpness) * (1 - (sharpness * x).tanh().square());
    case SignSlope::Shape::Swish:
      break;
  }
  const Tensor z = sharpness * x;
  return sharpness * (2 - z * (z / 2).tanh()) / (1 + z.cosh());
}

SignSlope slope_named(const std::string& name) {
  static const std::map<std::string, SignSlope> slopes = {
      {"clipped", {SignSlope::Shape::Clipped, 1.0F}},
      {"identity", {SignSlope::Shape::Identity, 1.0F}},
      {"polynomial", {SignSlope::Shape::Polynomial, 1.0F}},
      {"tanh", {SignSlope::Shape::Tanh, 1e-3F}},
      {"swish", {SignSlope::Shape::Swish, kSwishBeta}},
  };
  return slopes.at(name);
}

class Sign : public Quantizer {
 public:
  Sign(const Json& spec, const SiteShape& shape)
      : slope_(slope_named(spec.at("gradient"))),
        scale_kind_(spec.at("scale")),
        stochastic_(spec.at("stochastic").get<bool>()),
        clips_latent_(spec.at("clip_latent").get<bool>()) {
    if (spec.at("granularity") != "per_tensor") {
      scales_ = {shape.channel_axis, shape.channels};
    }
    if (stochastic_ && scale_kind_ != "none") {
      throw TrialError("'stochastic' of 'sign' works with 'scale: none' only");
    }
  }

  bool per_channel() const override { return scales_.count > 1; }

  void begin(const Phase& phase) override {
    if (stochastic_) {
      noise_.begin(phase);
    }
    if (slope_.shape == SignSlope::Shape::Tanh) {
      const double passed = phase.epochs > 1 ? (phase.epoch - 1.0) / (phase.epochs - 1.0) : 0.0;
      slope_.sharpness = static_cast<float>(std::pow(10.0, -3.0 + 4.0 * passed));
    }
  }

  Quantized quantize(Tensor x) override {
    if (scale_kind_ != "none") {
      return scaled(std::move(x));
    }
    const std::optional<kernels::NoiseKey> noise = noise_.next();
    return noise ? drawn(std::move(x), *noise) : plain(std::move(x));
  }

  void after_step(Tensor& latent) override {
    if (clips_latent_ && latent.defined()) {
      latent.clamp_(-1, 1);
    }
  }

  int64_t most_levels() const override { return 2; }

  Tensor codes(const Tensor& values) const override {
    const Tensor code = (values >= 0).to(torch::kLong);
    const Tensor wanted = scale_.defined() ? scales_.spread(scale_, values).to(values.scalar_type())
                                           : torch::ones({}, values.options());
    return torch::where(values.abs() == wanted, code, torch::full_like(code, -1));
  }

  std::optional<IntegerLevels> integer_levels(const Tensor& values) const override {
    const Tensor scale = scale_.defined() ? scales_.spread(scale_, values).to(torch::kFloat)
                                          : torch::ones({}, torch::kFloat);
    return IntegerLevels{scale, torch::tensor(int64_t{-1}), 2, {}};
  }

  bool zero_width() const override { return scale_.defined() && scale_.eq(0).any().item<bool>(); }

  std::string range_text() const override {
    const float largest = scale_.defined() ? scale_.max().item<float>() : 1.0F;
    return fmt::format("[{:.6g}, {:.6g}]", -largest, largest);
  }

 private:
  Quantized plain(Tensor x) const {
    if (runs_kernels(x)) {
      return elementwise(std::move(x), SignKernel{0, 1, slope_});
    }
    return {with_slope(x, signs_of(x), slope_at(x.detach(), slope_)), true};
  }

  Quantized drawn(Tensor x, const kernels::NoiseKey& noise) const {
    if (runs_kernels(x)) {
      return elementwise(std::move(x), StochasticSignKernel{{0, 1, slope_}, noise});
    }
    const Tensor memory = dense(x);
    const Tensor ones = torch::ones_like(memory);
    const Tensor threshold = 2 * noise_like(memory, noise) - 1;
    const Tensor values = torch::where(memory.detach() > threshold, ones, -ones);
    return {with_slope(memory, values, slope_at(memory.detach(), slope_)), true};
  }

  Quantized scaled(Tensor x) {
    return runs_kernels(x) ? scaled_by_kernel(std::move(x)) : scaled_with_aten(x);
  }

  Quantized scaled_by_kernel(Tensor x) {
    const bool is_mean = scale_kind_ == "mean_abs";
    scale_ = is_mean ? mean_magnitude(x, scales_) : largest_magnitude(x, scales_);
    const ScaledSignKernel kernel{scales_.axis, scales_.count, slope_, numbers_of(scale_)};
    if (is_mean) {
      const int64_t sharing = x.numel() / std::max<int64_t>(1, scales_.count);
      return elementwise(std::move(x), MeanSignKernel{kernel, sharing});
    }
    return elementwise(std::move(x), kernel);
  }

  Quantized scaled_with_aten(const Tensor& x) {
    const Tensor scale = scale_kind_ == "mean_abs"
                             ? x.abs().mean(scales_.shared(x.dim())).view({scales_.count})
                             : largest_magnitude(x, scales_);
    scale_ = scale.detach();
    const Tensor sign = with_slope(x, signs_of(x), slope_at(x.detach(), slope_));
    return {sign * scales_.spread(scale, x), true};
  }

  static Tensor signs_of(const Tensor& x) {
    return torch::where(x.detach() >= 0, torch::ones_like(x), -torch::ones_like(x));
  }

  ScaleAxis scales_;
  SignSlope slope_;
  std::string scale_kind_;
  bool stochastic_;
  bool clips_latent_;
  NoiseStream noise_;
  Tensor scale_;  // of what was quantized last; undefined without a scale
};

std::unique_ptr<Quantizer> make_sign(const Json& spec, const SiteShape& shape) {
  return std::make_unique<Sign>(spec, shape);
}

std::vector<Parameter> sign_parameters() {
  using Type = Parameter::Type;
  return {
      {"scale",
       Type::Choice,
       "none",
       0,
       0,
       {"none", "mean_abs", "max_abs"},
       "values -1 and 1, or those times the mean or the largest |w|",
       true},
      {"granularity",
       Type::Choice,
       "per_tensor",
       0,
       0,
       {"per_tensor", "per_channel"},
       "of the scale: one for the tensor, or one per channel",
       true,
       {{"scale", {"mean_abs", "max_abs"}}}},
      {"gradient",
       Type::Choice,
       "clipped",
       0,
       0,
       {"clipped", "identity", "polynomial", "tanh", "swish"},
       "what stands for the derivative of the sign"},
      {"stochastic",
       Type::Boolean,
       false,
       0,
       0,
       {},
       "while training, 1 with the probability (x + 1) / 2; only with scale: none"},
      {"clip_latent",
       Type::Boolean,
       false,
       0,
       0,
       {},
       "the float weights are clipped to [-1, 1] after each step",
       true},
  };
}

}  // namespace

QuantizerEntry sign_entry() {
  Catalog::Quantizer info;
  info.name = "sign";
  info.about = "one bit: -1 or 1, or with a scale -a or a";
  info.paper = "Courbariaux et al. 2016, arXiv:1602.02830; Rastegari et al. 2016, arXiv:1603.05279";
  info.fixed_bits = 1;
  info.range_when = nullptr;
  info.nonsense = {
      {{{"stochastic", true}, {"scale", {"mean_abs", "max_abs"}}}, "only signs alone are drawn"}};
  info.parameters = sign_parameters();
  return {std::move(info), make_sign};
}

}  // namespace qsweep
