#include "qsweep/journal/frozen_gates.hpp"

#include "qsweep/journal/row_value.hpp"

#include <algorithm>
#include <map>
#include <optional>

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

std::string described(const RowMatch& match) {
  std::string text;
  for (const auto& [name, values] : match.any_of) {
    text += (text.empty() ? "" : " ") + name + "=";
    for (size_t i = 0; i < values.size(); ++i) {
      text += (i == 0 ? "" : "|") + values[i].text;
    }
  }
  return text;
}

}  // namespace

void to_json(Json& json, const FrozenGate& gate) {
  json = Json{{"metric", gate.metric},
              {"max_drop", gate.max_drop},
              {"vs", gate.vs},
              {"where", gate.where},
              {"rows", gate.rows},
              {"repeats", gate.repeats}};
}

void from_json(const Json& json, FrozenGate& gate) {
  json.at("metric").get_to(gate.metric);
  gate.vs = json.value("vs", gate.vs);  // plans of earlier versions do not tell
  json.at("max_drop").get_to(gate.max_drop);
  json.at("where").get_to(gate.where);
  json.at("rows").get_to(gate.rows);
  gate.repeats = json.value("repeats", 0);
}

std::vector<FrozenGate> freeze_gates(const Plan& plan) {
  std::vector<FrozenGate> frozen;
  for (const Gate& gate : plan.gates()) {
    FrozenGate entry{gate.metric, gate.max_drop, described(gate.where), {}, gate.vs, gate.repeats};
    for (size_t i = 0; i < plan.row_count(); ++i) {
      const Row row = plan.row(i);
      const bool is_reference = gate.vs == "float" && row.policy == "float";
      if (!is_reference && matches(gate.where, plan, row)) {
        entry.rows.push_back(static_cast<uint32_t>(i));
      }
    }
    frozen.push_back(std::move(entry));
  }
  return frozen;
}

}  // namespace qsweep
