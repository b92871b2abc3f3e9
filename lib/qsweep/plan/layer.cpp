#include "qsweep/plan/layer.hpp"

#include <cstddef>

namespace qsweep {

void to_json(Json& json, const Layer& layer) {
  json = Json{{"name", layer.name},
              {"type", layer.type},
              {"op", layer.op},
              {"output_shape", layer.output_shape},
              {"sources", layer.sources},
              {"macs", layer.macs},
              {"parameters", layer.parameters},
              {"weight_shape", layer.weight_shape},
              {"weight_channel_axis", layer.weight_channel_axis},
              {"weight_name", layer.weight_name},
              {"input_shapes", layer.input_shapes},
              {"channel_axis", layer.channel_axis},
              {"input_channel_axes", layer.input_channel_axes}};
}

void from_json(const Json& json, Layer& layer) {
  json.at("name").get_to(layer.name);
  json.at("type").get_to(layer.type);
  json.at("op").get_to(layer.op);
  json.at("output_shape").get_to(layer.output_shape);
  json.at("sources").get_to(layer.sources);
  json.at("macs").get_to(layer.macs);
  json.at("parameters").get_to(layer.parameters);
  json.at("weight_shape").get_to(layer.weight_shape);
  json.at("weight_channel_axis").get_to(layer.weight_channel_axis);
  json.at("weight_name").get_to(layer.weight_name);
  json.at("input_shapes").get_to(layer.input_shapes);
  json.at("channel_axis").get_to(layer.channel_axis);
  json.at("input_channel_axes").get_to(layer.input_channel_axes);
}

namespace {

bool has_weight(const Layer& layer) {
  return !layer.weight_shape.empty();
}

// Calls `visit(layer, source)` for each layer that another takes from. Sources stand before the
// layers that use them, so that one pass, forwards or backwards, reaches everything.
template <class Visit>
void each_edge(const std::vector<Layer>& layers, bool backwards, Visit visit) {
  for (size_t k = 0; k < layers.size(); ++k) {
    const size_t i = backwards ? layers.size() - 1 - k : k;
    for (const auto& operand : layers[i].sources) {
      for (const int source : operand) {
        if (source >= 0) {
          visit(i, static_cast<size_t>(source));
        }
      }
    }
  }
}

// Per layer: is it made of the image, not of parameters alone?
std::vector<char> made_of_image(const std::vector<Layer>& layers) {
  std::vector<char> made(layers.size(), 0);
  for (size_t i = 0; i < layers.size(); ++i) {
    for (const auto& operand : layers[i].sources) {
      for (const int source : operand) {
        if (source < 0 || made[static_cast<size_t>(source)] != 0) {
          made[i] = 1;
        }
      }
    }
  }
  return made;
}

// Per layer: is there a layer with a weight between it and the image?
std::vector<char> behind_weights(const std::vector<Layer>& layers, const std::vector<char>& made) {
  std::vector<char> behind(layers.size(), 0);
  each_edge(layers, /*backwards=*/false, [&](size_t layer, size_t source) {
    if (behind[source] != 0 || (has_weight(layers[source]) && made[source] != 0)) {
      behind[layer] = 1;
    }
  });
  return behind;
}

// Per layer: is there a layer with a weight downstream of it?
std::vector<char> before_weights(const std::vector<Layer>& layers) {
  std::vector<char> before(layers.size(), 0);
  each_edge(layers, /*backwards=*/true, [&](size_t layer, size_t source) {
    if (before[layer] != 0 || has_weight(layers[layer])) {
      before[source] = 1;
    }
  });
  return before;
}

std::vector<char> at_or_behind(const std::vector<Layer>& layers, std::vector<char> marked) {
  each_edge(layers, /*backwards=*/false, [&](size_t layer, size_t source) {
    if (marked[source] != 0) {
      marked[layer] = 1;
    }
  });
  return marked;
}

}  // namespace

Activation activation_at(const Layer& layer, SiteKind kind, int operand) {
  if (kind == SiteKind::Output) {
    return {layer.output_shape, layer.channel_axis};
  }
  const auto input = static_cast<size_t>(operand);
  return {layer.input_shapes.at(input), layer.input_channel_axes.at(input)};
}

std::vector<Site> sites_of(const std::vector<Layer>& layers) {
  std::vector<Site> sites;
  for (size_t i = 0; i < layers.size(); ++i) {
    const int layer = static_cast<int>(i);
    for (size_t operand = 0; operand < layers[i].sources.size(); ++operand) {
      sites.push_back({layer, SiteKind::Input, static_cast<int>(operand)});
    }
    if (has_weight(layers[i])) {
      sites.push_back({layer, SiteKind::Weight, 0});
    }
    sites.push_back({layer, SiteKind::Output, 0});
  }
  return sites;
}

Positions positions_of(const std::vector<Layer>& layers) {
  const std::vector<char> made = made_of_image(layers);
  const std::vector<char> behind = behind_weights(layers, made);
  const std::vector<char> before = before_weights(layers);
  Positions positions;
  for (size_t i = 0; i < layers.size(); ++i) {
    const bool is_first = has_weight(layers[i]) && behind[i] == 0 && made[i] != 0;
    positions.first.push_back(static_cast<char>(is_first));
    positions.last.push_back(static_cast<char>(has_weight(layers[i]) && before[i] == 0));
  }
  positions.logits = at_or_behind(layers, positions.last);
  return positions;
}

}  // namespace qsweep
