#include "qsweep/quant/quantizer.hpp"

#include "qsweep/model/named_tensors.hpp"
#include "qsweep/quant/distinct_tally.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/folded_norm.hpp"

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

Quantized Quantizer::quantize_norm(const Tensor& x, const FoldedNorm& norm) {
  return quantize(norm.apply(x));
}

void Quantizer::take_over(const Quantizer& earlier) {
  const torch::NoGradGuard no_grad;
  const NamedTensors learned = earlier.parameters();
  for (auto& [name, parameter] : parameters()) {
    const Tensor known = tensor_named(learned, name);
    if (parameter.defined() && known.defined()) {
      parameter.copy_(known);
    }
  }
}

void Quantizer::tally(const Tensor& x, const Tensor& values, LevelTally& tally) const {
  if (runs_kernels(x) && runs_kernels(values) && !per_channel()) {
    tally_distinct(*this, {}, x, values, tally);
  } else {
    tally_codes(*this, x, values, tally);
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
