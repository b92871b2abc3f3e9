#include "qsweep/quant/weight_moments.hpp"

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/moments_kernel.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

namespace qsweep {

using torch::Tensor;

WeightMoments weight_moments(const Tensor& x) {
  const torch::NoGradGuard no_grad;
  if (!runs_kernels(x)) {
    const Tensor exact = x.to(torch::kDouble);
    const auto type = x.scalar_type();
    return {exact.mean().to(type), exact.std().to(type)};
  }
  const Tensor memory = dense(x);
  const kernels::Moments sums = kernels::moments_of(memory.data_ptr<float>(), x.numel());
  const auto count = static_cast<double>(x.numel());
  const double mean = sums.sum / count;
  const double variance = std::max(0.0, sums.squares - sums.sum * mean) / (count - 1);
  return {torch::scalar_tensor(mean, x.options()),
          torch::scalar_tensor(std::sqrt(variance), x.options())};
}

}  // namespace qsweep
