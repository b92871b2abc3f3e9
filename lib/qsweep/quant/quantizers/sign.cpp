// Binary quantization: x becomes 1 where x >= 0, else -1 (BinaryNet, arXiv:1602.02830); the
// gradient is that of a hard tanh, 1[|x| <= 1]. With `scale: mean_abs` the values are +-a, a =
// mean|w| of the tensor or of each channel (XNOR-Net, arXiv:1603.05279), and the gradient is a g
// 1[|w| <= 1] + sign(w) mean(g sign(w)), the mean over what shares the scale.

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/sign_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/torch.h>

namespace qsweep {
namespace {

using torch::Tensor;

struct SignKernel {
  static constexpr int kLearned = 0;
  int64_t axis = 0;
  int64_t scales = 1;

  bool forward(const float* x, float* y, int64_t count, int64_t /*scale*/) const {
    return kernels::sign(x, y, count, 1.0F);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t /*scale*/,
                double* /*sums*/) const {
    kernels::sign_backward(x, dy, dx, count, 1.0F);
  }
};

// The same by plain operators, for other devices and types; autograd follows them.
Tensor sign_with_aten(const Tensor& x) {
  const Tensor sign = torch::where(x.detach() >= 0, torch::ones_like(x), -torch::ones_like(x));
  const Tensor straight = torch::hardtanh(x);  // its gradient stands in for that of the sign
  return sign + (straight - straight.detach());
}

class SignQuantizer : public Quantizer {
 public:
  SignQuantizer(const Json& spec, const SiteShape& shape)
      : shape_(shape),
        per_channel_(spec.at("granularity") == "per_channel"),
        scaled_(spec.at("scale") == "mean_abs") {}

  bool per_channel() const override { return per_channel_; }

  Quantized quantize(Tensor x) override {
    if (!scaled_) {
      return signs(std::move(x));
    }
    const Tensor scale = mean_abs(x);
    Quantized result = signs(std::move(x));
    result.values = result.values * scale;
    return result;
  }

  int64_t most_levels() const override { return 2; }
  Tensor codes(const Tensor& values) const override { return (values >= 0).to(torch::kLong); }

  std::string range_text() const override { return scaled_ ? "" : "[-1, 1]"; }

 private:
  static Quantized signs(Tensor x) {
    return runs_kernels(x) ? elementwise(std::move(x), SignKernel())
                           : Quantized{sign_with_aten(x), true};
  }

  // Autograd differentiates this: the scale's share of the gradient is exact.
  Tensor mean_abs(const Tensor& x) const {
    if (!per_channel_) {
      return x.abs().mean();
    }
    std::vector<int64_t> others;
    for (int64_t axis = 0; axis < x.dim(); ++axis) {
      if (axis != shape_.channel_axis) {
        others.push_back(axis);
      }
    }
    return x.abs().mean(others, /*keepdim=*/true);
  }

  SiteShape shape_;
  bool per_channel_;
  bool scaled_;
};

std::unique_ptr<Quantizer> make_sign(const Json& spec, const SiteShape& shape) {
  return std::make_unique<SignQuantizer>(spec, shape);
}

}  // namespace

QuantizerEntry sign_entry() {
  Catalog::Quantizer info;
  info.name = "sign";
  info.about = "one bit: -1 or 1, or with a scale -a or a";
  info.paper = "Courbariaux et al. 2016, arXiv:1602.02830; Rastegari et al. 2016, arXiv:1603.05279";
  info.fixed_bits = 1;
  info.range_when = nullptr;
  using Type = Parameter::Type;
  info.parameters = {
      {"scale",
       Type::Choice,
       "none",
       0,
       0,
       {"none", "mean_abs"},
       "values -1 and 1, or those times the mean of |x|",
       /*weights_only=*/true},
      {"granularity",
       Type::Choice,
       "per_tensor",
       0,
       0,
       {"per_tensor", "per_channel"},
       "of the scale: one for the tensor, or one per channel"},
  };
  return {std::move(info), make_sign};
}

}  // namespace qsweep
