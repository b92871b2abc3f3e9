#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/plan/layer_fields.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// What `qsweep inspect` shows: the layers of a model and what a policy gives them.
struct LayerTable {
  std::string model;
  ImageShape images;
  Network network;
  // Both empty without a policy.
  std::string policy;
  std::vector<LayerFields> fields;  // by layer
};

/// Columns without totals; a site's quantizer and its rules ("file:line", joined by '+') have a
/// column each.
std::string layer_table_csv(const LayerTable& table);
/// {"model", "images", "layers", "total", "first", "last", "policy", "warnings"}.
std::string layer_table_json(const LayerTable& table);
/// For people, with totals and notes.
std::string layer_table_text(const LayerTable& table);

}  // namespace qsweep
