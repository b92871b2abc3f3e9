#include "qsweep/report/layer_table.hpp"

#include "qsweep/plan/extents.hpp"
#include "qsweep/report/aligned_table.hpp"
#include "qsweep/report/csv.hpp"

namespace qsweep {
namespace {

constexpr SiteKind kKinds[] = {SiteKind::Input, SiteKind::Weight, SiteKind::Output};

struct Totals {
  int64_t macs = 0;
  int64_t outputs = 0;
  int64_t in_layers = 0;  // parameters

  explicit Totals(const std::vector<Layer>& layers) {
    for (const Layer& layer : layers) {
      macs += layer.macs;
      outputs += elements(layer.output_shape);
      in_layers += layer.parameters;
    }
  }
};

// "16x32x32"
std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) {
    text += (text.empty() ? "" : "x") + std::to_string(size);
  }
  return text;
}

// "first", "last", both or neither.
std::vector<std::string> positions_at(const Network& network, size_t layer) {
  std::vector<std::string> names;
  if (network.positions.first[layer] != 0) {
    names.emplace_back("first");
  }
  if (network.positions.last[layer] != 0) {
    names.emplace_back("last");
  }
  return names;
}

std::string joined(const std::vector<std::string>& names, const std::string& between) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : between) + name;
  }
  return text;
}

std::vector<std::string> layers_at(const Network& network, const std::vector<char>& marked) {
  std::vector<std::string> names;
  for (size_t i = 0; i < marked.size(); ++i) {
    if (marked[i] != 0) {
      names.push_back(network.facts.layers[i].name);
    }
  }
  return names;
}

// "uniform bits=$w granularity=per_channel"
std::string quantizer_text(const LayerField& field) {
  std::string text = field.quantizer;
  for (const auto& [name, value] : field.parameters) {
    text += " " + name + "=" + value;
  }
  return text;
}

std::vector<std::string> rules_of(const LayerField& field) {
  std::vector<std::string> rules;
  for (const Place& place : field.rules) {
    rules.push_back(place.source->name + ":" + std::to_string(place.line));
  }
  return rules;
}

const std::optional<LayerField>& field_at(const LayerTable& table, size_t layer, SiteKind kind) {
  return table.fields[layer][static_cast<size_t>(kind)];
}

// The kinds of sites that some rule speaks of.
std::vector<SiteKind> kinds_in(const LayerTable& table) {
  std::vector<SiteKind> kinds;
  for (const SiteKind kind : kKinds) {
    for (size_t i = 0; i < table.fields.size(); ++i) {
      if (field_at(table, i, kind)) {
        kinds.push_back(kind);
        break;
      }
    }
  }
  return kinds;
}

std::vector<std::string> layer_cells(const LayerTable& table, size_t index) {
  const Layer& layer = table.network.facts.layers[index];
  return {layer.name,
          layer.type,
          layer.op,
          shape_text(layer.output_shape),
          std::to_string(layer.parameters),
          std::to_string(layer.macs),
          std::to_string(elements(layer.output_shape)),
          joined(positions_at(table.network, index), " ")};
}

std::vector<std::string> header_for(const std::vector<SiteKind>& kinds,
                                    const std::string& rules_suffix) {
  std::vector<std::string> header{
      "path", "type", "op", "output_shape", "parameters", "macs", "output_elements", "position"};
  for (const SiteKind kind : kinds) {
    header.push_back(to_string(kind));
    header.push_back(to_string(kind) + rules_suffix);
  }
  return header;
}

std::vector<std::string> row_for(const LayerTable& table,
                                 size_t index,
                                 const std::vector<SiteKind>& kinds) {
  std::vector<std::string> row = layer_cells(table, index);
  for (const SiteKind kind : kinds) {
    const auto& field = field_at(table, index, kind);
    row.push_back(field ? quantizer_text(*field) : "");
    row.push_back(field ? joined(rules_of(*field), "+") : "");
  }
  return row;
}

Json field_json(const LayerField& field) {
  Json parameters = Json::object();
  for (const auto& [name, value] : field.parameters) {
    parameters[name] = value;
  }
  return {{"quantizer", field.quantizer}, {"parameters", parameters}, {"rules", rules_of(field)}};
}

Json layer_json(const LayerTable& table, size_t index) {
  const Layer& layer = table.network.facts.layers[index];
  Json json{{"path", layer.name},
            {"type", layer.type},
            {"op", layer.op},
            {"output_shape", layer.output_shape},
            {"parameters", layer.parameters},
            {"macs", layer.macs},
            {"output_elements", elements(layer.output_shape)},
            {"position", positions_at(table.network, index)}};
  if (!table.fields.empty()) {
    for (const SiteKind kind : kKinds) {
      const auto& field = field_at(table, index, kind);
      json[to_string(kind)] = field ? field_json(*field) : Json();
    }
  }
  return json;
}

AlignedTable aligned(const LayerTable& table) {
  const std::vector<SiteKind> kinds = kinds_in(table);
  AlignedTable text;
  text.header = header_for(kinds, "'s rule");
  text.header[3] = "output";
  text.header[5] = "MACs";
  text.header[6] = "elements";
  for (size_t i = 0; i < text.header.size(); ++i) {
    text.is_number.push_back(i >= 3 && i <= 6);
  }
  for (size_t i = 0; i < table.network.facts.layers.size(); ++i) {
    text.rows.push_back(row_for(table, i, kinds));
  }
  const Totals totals(table.network.facts.layers);
  text.rows.push_back({"total",
                       "",
                       "",
                       "",
                       std::to_string(table.network.facts.parameters),
                       std::to_string(totals.macs),
                       std::to_string(totals.outputs),
                       ""});
  text.rows.back().resize(text.header.size());
  return text;
}

}  // namespace

std::string layer_table_csv(const LayerTable& table) {
  std::vector<SiteKind> kinds;
  if (!table.fields.empty()) {
    kinds.assign(std::begin(kKinds), std::end(kKinds));
  }
  std::string text = csv_line(header_for(kinds, "_rule"));
  for (size_t i = 0; i < table.network.facts.layers.size(); ++i) {
    text += csv_line(row_for(table, i, kinds));
  }
  return text;
}

std::string layer_table_json(const LayerTable& table) {
  const Network& network = table.network;
  const Totals totals(network.facts.layers);
  Json layers = Json::array();
  for (size_t i = 0; i < network.facts.layers.size(); ++i) {
    layers.push_back(layer_json(table, i));
  }
  Json json{{"model", table.model},
            {"images", {table.images.channels, table.images.height, table.images.width}},
            {"layers", layers},
            {"total",
             {{"layers", layers.size()},
              {"parameters", network.facts.parameters},
              {"macs", totals.macs},
              {"output_elements", totals.outputs}}},
            {"first", layers_at(network, network.positions.first)},
            {"last", layers_at(network, network.positions.last)},
            {"policy", table.policy.empty() ? Json() : Json(table.policy)},
            {"warnings", network.facts.warnings}};
  for (const std::string& warning : network.facts.training_warnings) {
    json["warnings"].push_back(warning);
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string layer_table_text(const LayerTable& table) {
  const Network& network = table.network;
  std::string text = table.model + " on an image of " +
                     shape_text({table.images.channels, table.images.height, table.images.width}) +
                     (table.policy.empty() ? "" : ", with " + table.policy) + "\n\n" +
                     aligned(table).text() + "\n";
  text += "first: " + joined(layers_at(network, network.positions.first), ", ") + "\n";
  text += "last: " + joined(layers_at(network, network.positions.last), ", ") + "\n";
  const int64_t outside = network.facts.parameters - Totals(network.facts.layers).in_layers;
  if (outside != 0) {
    text += std::to_string(outside) + " parameters are of no layer\n";
  }
  return text;
}

}  // namespace qsweep
