// Binary quantization: x becomes 1 where x >= 0, else -1 (BinaryNet, arXiv:1602.02830); the
// gradient is that of a hard tanh, 1[|x| <= 1]. With `scale: mean_abs` the values are +-a, a =
// mean|w| of the tensor or of each channel (XNOR-Net, arXiv:1603.05279), and the gradient is a g
// 1[|w| <= 1] + sign(w) mean(g sign(w)), the mean over what shares the scale.

#include "qsweep/quant/in_place.hpp"
#include "qsweep/quant/kernels/sign_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/torch.h>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int64_t kGrain = 1 << 15;

bool signs_into(const Tensor& x, Tensor& y) {
  std::atomic<bool> finite{true};
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  at::parallel_for(0, x.numel(), kGrain, [&](int64_t begin, int64_t end) {
    if (!kernels::sign(from + begin, to + begin, end - begin, 1.0F)) {
      finite.store(false, std::memory_order_relaxed);
    }
  });
  return finite;
}

class Sign : public torch::autograd::Function<Sign> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, bool* finite) {
    Tensor y = torch::empty_like(x);
    *finite = signs_into(x, y);
    context->save_for_backward({x});
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const Tensor x = context->get_saved_variables()[0];
    Tensor dy = gradients[0];
    if (dy.strides() != x.strides()) {
      dy = torch::empty_like(x).copy_(dy);
    }
    Tensor dx = torch::empty_like(x);
    const float* values = x.data_ptr<float>();
    const float* from = dy.data_ptr<float>();
    float* to = dx.data_ptr<float>();
    at::parallel_for(0, x.numel(), kGrain, [=](int64_t begin, int64_t end) {
      kernels::sign_backward(values + begin, from + begin, to + begin, end - begin, 1.0F);
    });
    return {dx, Tensor()};
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

  bool needs_range() const override { return false; }
  bool per_channel() const override { return per_channel_; }
  void set_range(const Range& /*range*/) override {}

  Quantized quantize(Tensor x) const override {
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

  int64_t stored_numbers() const override {
    return scaled_ ? (per_channel_ ? shape_.channels : 1) : 0;
  }
  std::string range_text() const override { return scaled_ ? "" : "[-1, 1]"; }
  bool zero_width() const override { return false; }

 private:
  static Quantized signs(Tensor x) {
    if (!x.device().is_cpu() || x.scalar_type() != torch::kFloat) {
      return {sign_with_aten(x), true};
    }
    if (!x.is_non_overlapping_and_dense()) {
      x = x.contiguous();
    }
    Quantized result;
    if (torch::GradMode::is_enabled() && x.requires_grad()) {
      result.values = Sign::apply(x, &result.finite);
      return result;
    }
    result.values = result_like(x);
    result.finite = signs_into(x, result.values);
    return result;
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
  using Type = Parameter::Type;
  info.parameters = {
      {"scale",
       Type::Choice,
       "none",
       0,
       0,
       {"none", "mean_abs"},
       "values -1 and 1, or those times the mean of |x|; mean_abs is for weights"},
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
