#include "qsweep/quant/magnitude.hpp"

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/magnitude_kernel.hpp"

#include <torch/autograd.h>

#include <algorithm>
#include <vector>

namespace qsweep {
namespace {

using torch::Tensor;

Tensor dense(const Tensor& x) {
  return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

Tensor mean_by_kernel(const Tensor& x, const ScaleAxis& scales) {
  const Tensor memory = dense(x);
  const float* values = memory.data_ptr<float>();
  const Tensor sums =
      sums_by_scale(walk_of(memory, scales.axis, scales.count),
                    1,
                    [values](int64_t begin, int64_t count, int64_t /*scale*/, double* sum) {
                      sum[0] += kernels::sum_of_magnitudes(values + begin, count);
                    });
  return (sums[0] * (static_cast<double>(scales.count) / static_cast<double>(x.numel())))
      .to(torch::kFloat);
}

// The mean as an autograd function, so that the forward is one pass without copies.
class MeanMagnitude : public torch::autograd::Function<MeanMagnitude> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& x,
                        const ScaleAxis& scales) {
    context->save_for_backward({x});
    context->saved_data["axis"] = scales.axis;
    context->saved_data["count"] = scales.count;
    return mean_by_kernel(x, scales);
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const Tensor x = context->get_saved_variables()[0];
    const ScaleAxis scales{context->saved_data["axis"].toInt(),
                           context->saved_data["count"].toInt()};
    const Tensor each =
        gradients[0] * (static_cast<double>(scales.count) / static_cast<double>(x.numel()));
    return {x.sgn() * scales.spread(each, x), Tensor()};
  }
};

}  // namespace

Tensor mean_magnitude(const Tensor& x, const ScaleAxis& scales) {
  if (runs_kernels(x)) {
    return MeanMagnitude::apply(x, scales);
  }
  return x.abs().mean(scales.shared(x.dim())).view({scales.count});
}

Tensor largest_magnitude(const Tensor& x, const ScaleAxis& scales) {
  const Tensor values = x.detach();
  const std::vector<int64_t> shared = scales.shared(x.dim());
  return torch::maximum(values.amax(shared), -values.amin(shared)).view({scales.count});
}

Tensor mean_magnitude_above(const Tensor& x, const ScaleAxis& scales, const Tensor& thresholds) {
  const torch::NoGradGuard no_grad;
  if (!runs_kernels(x)) {
    const Tensor magnitudes = x.abs();
    const Tensor above = magnitudes > scales.spread(thresholds, x);
    const std::vector<int64_t> shared = scales.shared(x.dim());
    const Tensor sums = torch::where(above, magnitudes, torch::zeros_like(x)).sum(shared);
    return (sums / above.sum(shared).clamp_min(1)).view({scales.count});
  }
  const Tensor memory = dense(x);
  const float* values = memory.data_ptr<float>();
  const float* threshold = thresholds.data_ptr<float>();
  const Tensor sums =
      sums_by_scale(walk_of(memory, scales.axis, scales.count),
                    2,
                    [values, threshold](int64_t begin, int64_t count, int64_t scale, double* sum) {
                      const kernels::Above above =
                          kernels::magnitudes_above(values + begin, count, threshold[scale]);
                      sum[0] += above.sum;
                      sum[1] += above.count;
                    });
  return (sums[0] / sums[1].clamp_min(1)).to(torch::kFloat);
}

}  // namespace qsweep
