#include "qsweep/plan/gate_rows.hpp"

#include "qsweep/plan/row_value.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {
namespace {

// The value of a setting in a trial, as text: "finetune.lr".
std::optional<std::string> setting_of(const Trial& trial, const std::string& path) {
  const Json settings = trial.settings;
  if (path == "evaluate.batch") {
    return settings.at("evaluate_batch").dump();
  }
  const size_t dot = path.find('.');
  const Json* value =
      settings.contains(path.substr(0, dot)) ? &settings[path.substr(0, dot)] : nullptr;
  if (value != nullptr && dot != std::string::npos) {
    const std::string key = path.substr(dot + 1);
    value = value->is_object() && value->contains(key) ? &(*value)[key] : nullptr;
  }
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->is_object() && value->contains("name")) {  // a choice with parameters
    value = &(*value)["name"];
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
