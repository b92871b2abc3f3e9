#include "qsweep/plan/gate_rows.hpp"

#include "qsweep/plan/row_value.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {
namespace {

// Where the settings keep what the file has elsewhere.
const std::map<std::string, std::string> kElsewhere{
    {"evaluate.batch", "/evaluate_batch"},
    {"evaluate.limit", "/limit"},
    {"pretrain.warmup", "/pretrain/schedule/warmup"},
    {"finetune.warmup", "/finetune/schedule/warmup"},
};

Json::json_pointer place_of(const std::string& path) {
  const auto elsewhere = kElsewhere.find(path);
  if (elsewhere != kElsewhere.end()) {
    return Json::json_pointer(elsewhere->second);
  }
  std::string place = '/' + path;
  std::replace(place.begin(), place.end(), '.', '/');
  return Json::json_pointer(place);
}

// As the file would write it; nothing for what it would not.
std::optional<std::string> size_text(const DataSettings& data) {
  return data.resize > 0 && data.resize == data.crop
             ? std::make_optional(std::to_string(data.resize))
             : std::nullopt;
}

std::string corrections_text(const std::vector<Correction>& corrections) {
  std::string text;
  for (const Correction& correction : corrections) {
    text += (text.empty() ? "" : "+") + correction.name;
  }
  return text.empty() ? "none" : text;
}

// The value of a setting in a trial, as text: "finetune.lr".
std::optional<std::string> setting_of(const Trial& trial, const std::string& path) {
  if (path == "data.size") {
    return size_text(trial.settings.data);
  }
  if (path == "data.augment" && trial.settings.data.augment.empty()) {
    return "none";
  }
  if (path == "corrections") {
    return corrections_text(trial.settings.corrections);
  }
  const Json settings = trial.settings;
  const Json::json_pointer place = place_of(path);
  if (!settings.contains(place)) {
    return std::nullopt;
  }
  const Json* value = &settings.at(place);
  if (value->is_object() && value->contains("name")) {  // a choice with parameters
    value = &value->at("name");
  }
  return value->is_string() ? value->get<std::string>() : value->dump();
}

bool any_matches(const std::vector<Node>& wanted, const std::string& value) {
  return std::any_of(
      wanted.begin(), wanted.end(), [&](const Node& node) { return same_value(node.text, value); });
}

bool matches(const RowMatch& match, const Plan& plan, const Row& row) {
  return std::all_of(match.any_of.begin(), match.any_of.end(), [&](const auto& condition) {
    auto value = value_of(row, plan.variables(), condition.first);
    if (!value) {
      value = setting_of(plan.trial(row.trial), condition.first);
    }
    return value && any_matches(condition.second, *value);
  });
}

}  // namespace

bool is_comparable(const Row& row, const std::string& vs) {
  return vs != "float" || row.policy != "float";
}

bool is_checked(const Gate& gate, const Plan& plan, const Row& row) {
  return is_comparable(row, gate.vs) && matches(gate.where, plan, row);
}

}  // namespace qsweep
