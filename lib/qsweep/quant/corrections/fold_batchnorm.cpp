// Folds a batch norm into the product before it (Jacob et al. 2018, arXiv:1712.05877, section 3.2).
// Of output channel c, with the norm's y = g (x - m) / sqrt(v + eps) + b:
//   weight[c] *= g[c] / sqrt(v[c] + eps)
//   bias[c] = b[c] + (bias[c] - m[c]) g[c] / sqrt(v[c] + eps)
// The norm then passes on what it is given. Nothing is folded across a max-pooling, which stands
// for no layer but changes the shape: a negative g would turn its maxima into minima.

#include "qsweep/core/error.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/quant/corrections/along.hpp"
#include "qsweep/quant/corrections/same_function.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

// The norm that takes what the product computes, channel by channel.
std::optional<int> norm_of(const LayerGraph& graph, int product) {
  const std::optional<int> norm = graph.only_consumer(product);
  if (!graph.is_product(product) || !norm || !graph.is_batch_norm(*norm) ||
      graph.is_bypassed(*norm) || !graph.is_called_once(product) || !graph.is_called_once(*norm)) {
    return std::nullopt;
  }
  const Layer& made = graph[product];
  const Layer& taken = graph[*norm];
  const bool same_channels = made.output_shape == taken.input_shapes[0] &&
                             made.channel_axis == taken.input_channel_axes[0];
  return same_channels ? norm : std::nullopt;
}

std::vector<int> foldable_norms(LayerGraph& graph) {
  std::vector<int> products;
  for (int layer = 0; layer < graph.size(); ++layer) {
    if (const std::optional<int> norm = norm_of(graph, layer)) {
      products.push_back(layer);
      graph.bypass(*norm);
    }
  }
  return products;
}

Tensor or_number(const Tensor& numbers, double otherwise, const Tensor& like) {
  return numbers.defined() ? numbers.to(torch::kDouble) : torch::full_like(like, otherwise);
}

void fold(Model& model, int product, int norm, int64_t channel_axis) {
  model.add_bias(product);
  const LayerTensors own = model.tensors(product);
  const LayerTensors folded = model.tensors(norm);
  if (std::isnan(folded.eps)) {
    throw TrialError("'" + model.layers()[static_cast<size_t>(norm)].name +
                     "' cannot be folded: its eps is computed while it runs");
  }
  const Tensor deviation = (folded.variance.to(torch::kDouble) + folded.eps).sqrt();
  const Tensor factor = or_number(folded.weight, 1, deviation) / deviation;
  const Tensor shift = or_number(folded.bias, 0, deviation);
  own.weight.copy_(own.weight.to(torch::kDouble) * along(factor, own.weight, channel_axis));
  own.bias.copy_(shift + (own.bias.to(torch::kDouble) - folded.mean) * factor);
  model.bypass(norm);
}

void fold_norms(const CorrectionTask& task) {
  const SameFunction same(task);
  const torch::NoGradGuard no_grad;
  for (const int product : task.layers) {
    fold(task.model,
         product,
         task.graph.only_consumer(product).value(),
         task.graph[product].weight_channel_axis);
  }
  same.check("fold_batchnorm");
}

}  // namespace

CorrectionEntry fold_batchnorm_entry() {
  Catalog::Correction info;
  info.name = "fold_batchnorm";
  info.about = "batch norms become part of the weights and biases before them";
  info.paper = "Jacob et al. 2018, arXiv:1712.05877";
  return {std::move(info), foldable_norms, fold_norms};
}

}  // namespace qsweep
