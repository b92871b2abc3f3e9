#include "qsweep/quant/magnitude.hpp"

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/kernels/magnitude_kernel.hpp"

#include <algorithm>
#include <vector>

namespace qsweep {
namespace {

using torch::Tensor;

Tensor number_per_scale(const std::vector<double>& numbers) {
  Tensor tensor = torch::empty({static_cast<int64_t>(numbers.size())});
  std::transform(numbers.begin(), numbers.end(), tensor.data_ptr<float>(), [](double number) {
    return static_cast<float>(number);
  });
  return tensor;
}

Tensor mean_by_kernel(const Tensor& x, const ScaleAxis& scales) {
  const Tensor memory = dense(x);
  const float* values = memory.data_ptr<float>();
  std::vector<double> numbers =
      sums_by_scale(walk_of(memory, scales.axis, scales.count),
                    1,
                    [values](int64_t begin, int64_t count, int64_t /*scale*/, double* sum) {
                      sum[0] += kernels::sum_of_magnitudes(values + begin, count);
                    });
  for (double& number : numbers) {
    number *= static_cast<double>(scales.count) / static_cast<double>(x.numel());
  }
  return number_per_scale(numbers);
}

Tensor largest_by_kernel(const Tensor& x, const ScaleAxis& scales) {
  const Tensor memory = dense(x);
  const float* values = memory.data_ptr<float>();
  return number_per_scale(found_by_scale(
      walk_of(memory, scales.axis, scales.count),
      1,
      [values](int64_t begin, int64_t count, int64_t /*scale*/, double* largest) {
        largest[0] = static_cast<double>(kernels::largest_magnitude(values + begin, count));
      },
      [](double a, double b) { return std::max(a, b); }));
}

Tensor above_by_kernel(const Tensor& x, const ScaleAxis& scales, const float* threshold) {
  const Tensor memory = dense(x);
  const float* values = memory.data_ptr<float>();
  std::vector<double> numbers =
      sums_by_scale(walk_of(memory, scales.axis, scales.count),
                    2,
                    [values, threshold](int64_t begin, int64_t count, int64_t scale, double* sum) {
                      const kernels::Above above =
                          kernels::magnitudes_above(values + begin, count, threshold[scale]);
                      sum[0] += above.sum;
                      sum[1] += above.count;
                    });
  const auto scale_count = static_cast<size_t>(scales.count);
  for (size_t i = 0; i < scale_count; ++i) {
    numbers[i] /= std::max(1.0, numbers[scale_count + i]);
  }
  numbers.resize(scale_count);
  return number_per_scale(numbers);
}

}  // namespace

Tensor mean_magnitude(const Tensor& x, const ScaleAxis& scales) {
  const torch::NoGradGuard no_grad;
  return runs_kernels(x) ? mean_by_kernel(x, scales)
                         : x.abs().mean(scales.shared(x.dim())).view({scales.count});
}

Tensor largest_magnitude(const Tensor& x, const ScaleAxis& scales) {
  const torch::NoGradGuard no_grad;
  return runs_kernels(x) ? largest_by_kernel(x, scales)
                         : x.abs().amax(scales.shared(x.dim())).view({scales.count});
}

Tensor mean_magnitude_above(const Tensor& x, const ScaleAxis& scales, const Tensor& thresholds) {
  const torch::NoGradGuard no_grad;
  if (runs_kernels(x)) {
    return above_by_kernel(x, scales, thresholds.data_ptr<float>());
  }
  const Tensor magnitudes = x.abs();
  const Tensor above = magnitudes > scales.spread(thresholds, x);
  const std::vector<int64_t> shared = scales.shared(x.dim());
  const Tensor sums = torch::where(above, magnitudes, torch::zeros_like(x)).sum(shared);
  return (sums / above.sum(shared).clamp_min(1)).view({scales.count});
}

}  // namespace qsweep
