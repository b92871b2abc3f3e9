// Cross-layer equalization and bias absorption (Nagel et al. 2019, arXiv:1906.04721, sections 4.1
// and 4.2). A pair is a product, a ReLU and a product, with folded batch norms in between; of
// channel i, r1 is the largest |weight| that makes it and r2 the largest that takes it. With
//   s[i] = (1 / r2[i]) sqrt(r1[i] r2[i])
// the first weight and bias are divided by s[i] and the second weight is multiplied by it: both
// largest weights become sqrt(r1 r2), and a ReLU passes a positive factor on. Then
// c[i] = max(0, mean - 3 deviations) of what the ReLU is given moves from the first bias into the
// second: almost no value is below it.

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/quant/corrections/along.hpp"
#include "qsweep/quant/corrections/same_function.hpp"
#include "qsweep/quant/corrections/site_tap.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int kMostRounds = 20;
constexpr double kSmallChange = 1e-3;  // of a factor from 1

struct Pair {
  int first;
  int relu;
  int second;
};

// Do the channels that one layer makes arrive at the next as channels, and not flattened?
bool same_channels(const Layer& maker, const Layer& taker) {
  const Activation made = activation_at(maker, SiteKind::Output, 0);
  const Activation taken = activation_at(taker, SiteKind::Input, 0);
  return made.shape.size() == taken.shape.size() && made.channel_axis == taken.channel_axis &&
         made.channels() == taken.channels();
}

std::optional<Pair> pair_from(const LayerGraph& graph, int first) {
  if (!graph.is_product(first) || !graph.is_called_once(first)) {
    return std::nullopt;
  }
  std::optional<int> relu = graph.only_consumer(first);
  while (relu && graph.is_bypassed(*relu)) {
    relu = graph.only_consumer(*relu);
  }
  if (!relu || graph[*relu].type != "ReLU" || !same_channels(graph[first], graph[*relu])) {
    return std::nullopt;
  }
  const std::optional<int> second = graph.only_consumer(*relu);
  const bool suits = second && graph.is_product(*second) && graph.is_called_once(*second) &&
                     same_channels(graph[*relu], graph[*second]);
  return suits ? std::make_optional(Pair{first, *relu, *second}) : std::nullopt;
}

std::vector<int> equalizable_layers(LayerGraph& graph) {
  std::vector<int> firsts;
  for (int layer = 0; layer < graph.size(); ++layer) {
    if (pair_from(graph, layer)) {
      firsts.push_back(layer);
    }
  }
  return firsts;
}

// A weight with its input channels apart: (groups, outputs of each, inputs of each, kernel).
Tensor by_input(const Tensor& weight, int64_t inputs) {
  const int64_t groups = inputs / weight.size(1);
  return weight.view({groups, weight.size(0) / groups, weight.size(1), -1});
}

// Equalizes a pair, and returns how far its factors were from 1.
double equalize(const CorrectionTask& task, const Pair& pair) {
  const LayerTensors first = task.model.tensors(pair.first);
  const LayerTensors second = task.model.tensors(pair.second);
  const Tensor made = channel_rows(first.weight, 0).abs().amax(1);
  const Tensor taken_by = by_input(second.weight.contiguous(), made.numel());
  const Tensor taken = taken_by.abs().amax({1, 3}).view(-1);
  const Tensor usable = (made > 0) & (taken > 0);  // a channel of zeros has no range
  const Tensor factor = torch::where(usable, (made / taken).sqrt(), torch::ones_like(made));
  first.weight.div_(along(factor, first.weight, 0));
  if (first.bias.defined()) {
    first.bias.div_(factor);
  }
  const Tensor scaled = taken_by * factor.view({taken_by.size(0), 1, taken_by.size(2), 1});
  second.weight.copy_(scaled.view_as(second.weight));
  return (factor - 1).abs().max().item<double>();
}

void equalize_all(const CorrectionTask& task, const std::vector<Pair>& pairs) {
  for (int round = 0; round < kMostRounds; ++round) {
    double change = 0;
    for (const Pair& pair : pairs) {
      change = std::max(change, equalize(task, pair));
    }
    if (change < kSmallChange) {
      return;
    }
  }
}

// Sums over what a channel shows, in double.
struct Sums {
  Tensor values;
  Tensor squares;
  double count = 0;

  void add(const Tensor& rows) {  // [channels, values of each]
    const Tensor sum = rows.sum(1, /*keepdim=*/false, torch::kDouble);
    const Tensor square = rows.square().sum(1, /*keepdim=*/false, torch::kDouble);
    values = values.defined() ? values + sum : sum;
    squares = squares.defined() ? squares + square : square;
    count += static_cast<double>(rows.size(1));
  }
  // max(0, mean - 3 deviations)
  Tensor almost_least() const {
    const Tensor mean = values / count;
    const Tensor variance = (squares / count - mean.square()).clamp_min(0);
    return (mean - 3 * variance.sqrt()).clamp_min(0);
  }
};

// Per pair what its bias can lose.
std::vector<Tensor> surplus_of(const CorrectionTask& task, const std::vector<Pair>& pairs) {
  std::vector<Sums> sums(pairs.size());
  SiteTap tap(nullptr);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const int axis = task.graph[pairs[i].relu].input_channel_axes[0] + 1;
    tap.before(task.graph.site(pairs[i].relu, SiteKind::Input), [&sums, i, axis](Tensor x) {
      sums[i].add(channel_rows(x, axis));
      return x;
    });
  }
  task.each_batch([&](const Tensor& images) { task.model.forward(images, &tap); });
  std::vector<Tensor> surplus;
  for (const Sums& seen : sums) {
    surplus.push_back(seen.almost_least());
  }
  return surplus;
}

// What a constant input adds to each output channel of a product; undefined where that differs from
// place to place, since at the edges the product pads with zeros.
Tensor response_to(const CorrectionTask& task, const Pair& pair, const Tensor& constant) {
  const Layer& layer = task.graph[pair.second];
  const auto& made = task.graph[pair.relu].output_shape;
  const auto& taken = layer.input_shapes[0];
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i] > made[i]) {
      return {};  // zeros were padded on the way
    }
  }
  const Tensor weight = task.model.tensors(pair.second).weight;
  std::vector<int64_t> shape{1};
  shape.insert(shape.end(), taken.begin(), taken.end());
  const Tensor zeros = torch::zeros(shape, weight.options());
  const Tensor input = zeros + along(constant, zeros, layer.input_channel_axes[0] + 1);
  const Tensor added = channel_rows(task.model.forward_product(pair.second, input, weight) -
                                        task.model.forward_product(pair.second, zeros, weight),
                                    layer.channel_axis + 1);
  const Tensor mean = added.mean(1);
  const bool is_constant = torch::allclose(added, mean.unsqueeze(1).expand_as(added), 1e-4, 1e-5);
  return is_constant ? mean : Tensor();
}

void absorb_biases(const CorrectionTask& task, const std::vector<Pair>& pairs) {
  const std::vector<Tensor> surplus = surplus_of(task, pairs);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Tensor weight = task.model.tensors(pairs[i].first).weight;
    const Tensor constant = surplus[i].to(weight.options());
    const Tensor response = response_to(task, pairs[i], constant);
    if (!response.defined() || constant.max().item<double>() <= 0) {
      continue;
    }
    task.model.add_bias(pairs[i].first);
    task.model.add_bias(pairs[i].second);
    task.model.tensors(pairs[i].first).bias.sub_(constant);
    task.model.tensors(pairs[i].second).bias.add_(response);
  }
}

void equalize_and_absorb(const CorrectionTask& task) {
  const SameFunction same(task);
  const torch::NoGradGuard no_grad;
  std::vector<Pair> pairs;
  for (const int first : task.layers) {
    pairs.push_back(pair_from(task.graph, first).value());
  }
  equalize_all(task, pairs);
  same.check("equalize");
  absorb_biases(task, pairs);
}

}  // namespace

CorrectionEntry equalize_entry() {
  Catalog::Correction info;
  info.name = "equalize";
  info.about = "the weights before and behind a ReLU share their ranges, channel by channel";
  info.paper = "Nagel et al. 2019, arXiv:1906.04721";
  info.uses_images = true;
  return {std::move(info), equalizable_layers, equalize_and_absorb};
}

}  // namespace qsweep
