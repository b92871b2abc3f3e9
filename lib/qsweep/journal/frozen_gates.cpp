#include "qsweep/journal/frozen_gates.hpp"

#include "qsweep/plan/gate_rows.hpp"

namespace qsweep {
namespace {

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
      if (is_checked(gate, plan, plan.row(i))) {
        entry.rows.push_back(static_cast<uint32_t>(i));
      }
    }
    frozen.push_back(std::move(entry));
  }
  return frozen;
}

}  // namespace qsweep
