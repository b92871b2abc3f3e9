#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

namespace qsweep {

using torch::Tensor;

Quantized Quantizer::quantize_relu(Tensor x) {
  return quantize(torch::relu(x));
}

Quantized Quantizer::quantize_sum(Tensor a, Tensor b) {
  return quantize(a + b);
}

void Quantizer::tally(const Tensor& x, const Tensor& values, LevelTally& tally) const {
  const torch::NoGradGuard no_grad;
  const auto levels = static_cast<int64_t>(tally.seen.size());
  const Tensor found = codes(values);
  const Tensor is_level = (found >= 0).logical_and(found < levels);
  const Tensor below = (found == 0).logical_and(x < values);
  const Tensor above = (found == levels - 1).logical_and(x > values);
  tally.elements += x.numel();
  tally.off_level += x.numel() - is_level.sum().item<int64_t>();
  tally.saturated += below.logical_or(above).sum().item<int64_t>();
  const Tensor exact = x.to(torch::kDouble);
  tally.signal += exact.square().sum().item<double>();
  tally.noise += (exact - values.to(torch::kDouble)).square().sum().item<double>();
  const Tensor plain = found.to(torch::kCPU).contiguous();
  const int64_t* code = plain.data_ptr<int64_t>();
  for (int64_t i = 0; i < plain.numel(); ++i) {
    if (code[i] >= 0 && code[i] < levels) {
      tally.seen[static_cast<size_t>(code[i])] = 1;
    }
  }
}

std::vector<float> numbers_of(const Tensor& tensor) {
  if (tensor.device().is_cpu() && tensor.scalar_type() == torch::kFloat && tensor.is_contiguous()) {
    return {tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel()};
  }
  const Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat).reshape(-1).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace qsweep
