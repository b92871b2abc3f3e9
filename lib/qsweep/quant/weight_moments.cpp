#include "qsweep/quant/weight_moments.hpp"

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/moments_kernel.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

namespace qsweep {

using torch::Tensor;

namespace {

Tensor dense(const Tensor& x) {
  return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

Tensor number(double value) {
  return torch::tensor(static_cast<float>(value));
}

}  // namespace

WeightMoments weight_moments(const Tensor& x) {
  const torch::NoGradGuard no_grad;
  if (!runs_kernels(x)) {
    const Tensor exact = x.to(torch::kDouble);
    const auto type = x.scalar_type();
    return {exact.mean().to(type), exact.abs().mean().to(type), exact.std().to(type)};
  }
  const kernels::Moments sums = kernels::moments_of(dense(x).data_ptr<float>(), x.numel());
  const auto count = static_cast<double>(x.numel());
  const double mean = sums.sum / count;
  const double variance = std::max(0.0, sums.squares - sums.sum * mean) / (count - 1);
  return {number(mean), number(sums.absolute / count), number(std::sqrt(variance))};
}

Tensor largest_magnitude(const Tensor& x) {
  const torch::NoGradGuard no_grad;
  if (!runs_kernels(x)) {
    return x.abs().max();
  }
  return number(
      static_cast<double>(kernels::largest_magnitude(dense(x).data_ptr<float>(), x.numel())));
}

}  // namespace qsweep
