#include "qsweep/plan/cost.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <string>

namespace qsweep {
namespace {

constexpr int64_t kFloatBits = 32;
constexpr int64_t kNumberBytes = 4;  // of a parameter in float, a scale, a zero point

int64_t elements(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

// The quantizers of one layer; null where a tensor stays in float.
struct LayerQuantizers {
  const Json* weight = nullptr;
  const Json* output = nullptr;
  std::vector<const Json*> inputs;
};

std::vector<LayerQuantizers> quantizers_by_layer(const Network& network,
                                                 const std::vector<SiteGroup>& groups) {
  std::vector<LayerQuantizers> layers(network.facts.layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i].inputs.resize(network.facts.layers[i].sources.size());
  }
  for (const SiteGroup& group : groups) {
    for (const int number : group.sites) {
      const Site& site = network.sites[static_cast<size_t>(number)];
      LayerQuantizers& layer = layers[static_cast<size_t>(site.layer)];
      if (site.kind == SiteKind::Input) {
        layer.inputs[static_cast<size_t>(site.operand)] = &group.quantizer;
      } else {
        (site.kind == SiteKind::Weight ? layer.weight : layer.output) = &group.quantizer;
      }
    }
  }
  return layers;
}

int64_t bits_of(const Json* quantizer) {
  return quantizer == nullptr ? kFloatBits : quantizer->at("bits").get<int64_t>();
}

int64_t scales_of(const Json& quantizer, const Layer& layer) {
  const std::string granularity = quantizer.value("granularity", "");
  if (granularity != "per_channel" && granularity != "per_group") {
    return 1;
  }
  const int64_t channels = layer.weight_shape.at(static_cast<size_t>(layer.weight_channel_axis));
  if (granularity == "per_channel") {
    return channels;
  }
  const int64_t length = elements(layer.weight_shape) / channels;
  const auto group = quantizer.at("group").get<int64_t>();
  return channels * ((length + group - 1) / group);
}

// Scales, and where codes are not symmetric zero points; TTQ has a scale for either sign.
int64_t numbers_beside(const Json& quantizer, const Layer& layer) {
  if (quantizer.value("scale", "") == "none") {
    return 0;
  }
  const int64_t scales = scales_of(quantizer, layer);
  const bool two_each =
      !quantizer.value("symmetric", true) || quantizer.value("method", "") == "ttq";
  return two_each ? 2 * scales : scales;
}

int64_t quantized_bytes(const Json& quantizer, const Layer& layer) {
  const int64_t code_bytes = (elements(layer.weight_shape) * bits_of(&quantizer) + 7) / 8;
  return code_bytes + numbers_beside(quantizer, layer) * kNumberBytes;
}

void add_weights(const Network& network, const std::vector<LayerQuantizers>& layers, Cost& cost) {
  std::set<std::string> counted;  // a weight that several calls share is stored once
  int64_t weights = 0;
  int64_t weight_bits = 0;
  cost.size_bytes = network.facts.parameters * kNumberBytes;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = network.facts.layers[i];
    if (layer.weight_shape.empty() || !counted.insert(layer.weight_name).second) {
      continue;
    }
    const int64_t count = elements(layer.weight_shape);
    weights += count;
    weight_bits += count * bits_of(layers[i].weight);
    if (layers[i].weight != nullptr) {
      cost.size_bytes += quantized_bytes(*layers[i].weight, layer) - count * kNumberBytes;
    }
  }
  if (weights > 0) {
    cost.weight_bits = static_cast<double>(weight_bits) / static_cast<double>(weights);
  }
}

void add_outputs(const Network& network, const std::vector<LayerQuantizers>& layers, Cost& cost) {
  int64_t outputs = 0;
  int64_t output_bits = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const int64_t count = elements(network.facts.layers[i].output_shape);
    outputs += count;
    output_bits += count * bits_of(layers[i].output);
  }
  if (outputs > 0) {
    cost.output_bits = static_cast<double>(output_bits) / static_cast<double>(outputs);
  }
}

// The bits of one activation that a layer takes: as its own quantizer leaves them, else as they
// were made; of several makers, the widest.
int64_t input_bits(const Network& network,
                   const std::vector<LayerQuantizers>& layers,
                   size_t layer,
                   size_t operand) {
  if (layers[layer].inputs[operand] != nullptr) {
    return bits_of(layers[layer].inputs[operand]);
  }
  int64_t bits = 0;
  for (const int maker : network.facts.layers[layer].sources[operand]) {
    const bool is_image = maker < 0;
    bits =
        std::max(bits, is_image ? kFloatBits : bits_of(layers[static_cast<size_t>(maker)].output));
  }
  return bits == 0 ? kFloatBits : bits;
}

// The bits of the two factors of a layer's products: weight and input, or two inputs.
int64_t product_bits(const Network& network,
                     const std::vector<LayerQuantizers>& layers,
                     size_t layer) {
  const Layer& facts = network.facts.layers[layer];
  std::vector<int64_t> factors;
  if (!facts.weight_shape.empty()) {
    factors.push_back(bits_of(layers[layer].weight));
  }
  for (size_t operand = 0; operand < facts.sources.size(); ++operand) {
    factors.push_back(input_bits(network, layers, layer, operand));
  }
  factors.resize(2, kFloatBits);
  return factors[0] * factors[1];
}

}  // namespace

Cost cost_of(const Network& network, const std::vector<SiteGroup>& groups) {
  const std::vector<LayerQuantizers> layers = quantizers_by_layer(network, groups);
  Cost cost;
  add_weights(network, layers, cost);
  add_outputs(network, layers, cost);
  for (size_t i = 0; i < layers.size(); ++i) {
    const int64_t macs = network.facts.layers[i].macs;
    cost.macs += macs;
    cost.bops += macs * product_bits(network, layers, i);
  }
  return cost;
}

}  // namespace qsweep
