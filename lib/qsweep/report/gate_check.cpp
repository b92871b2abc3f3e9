#include "qsweep/report/gate_check.hpp"

#include "qsweep/config/gate_words.hpp"
#include "qsweep/report/gate_reference.hpp"
#include "qsweep/report/number_text.hpp"

#include <algorithm>

namespace qsweep {
namespace {

// 88.40 - 87.40 is a little more than 1 in binary; what is allowed must not hang on that.
constexpr double kRounding = 1e-9;

bool has_enough_repeats(const RowResult& row, const FrozenGate& gate) {
  return row.status == RowStatus::Done && row.record->repeats >= gate.repeats;
}

std::string reason_unchecked(const FrozenGate& gate, const Results& results) {
  if (gate.rows.empty()) {
    return "it matches no row";
  }
  const auto any = [&](const auto& condition) {
    return std::any_of(gate.rows.begin(), gate.rows.end(), [&](uint32_t row) {
      return condition(results.rows().at(row), gate);
    });
  };
  const std::string none = "none of its " + std::to_string(gate.rows.size()) + " rows ";
  if (!any([](const RowResult& row, const FrozenGate&) { return row.status == RowStatus::Done; })) {
    return none + "has a result";
  }
  const std::string timed = "was timed " + std::to_string(gate.repeats) + " times";
  if (!any(has_enough_repeats)) {
    return none + timed + "; what has a result is not timed again: give another --out";
  }
  return none + "has one to compare with that " + (gate.repeats > 0 ? timed : "has a result");
}

GateOutcome check(const FrozenGate& gate, const Results& results, const GateReference* reference) {
  GateOutcome outcome;
  outcome.gate = &gate;
  if (reference == nullptr) {
    outcome.unchecked = "there is no " + gate.vs;
    return outcome;
  }
  for (const uint32_t index : gate.rows) {
    if (const auto drop = reference->drop(index, gate)) {
      ++outcome.checked;
      outcome.elsewhere += drop->is_elsewhere ? 1 : 0;
      outcome.other_images += drop->is_of_other_images ? 1 : 0;
      if (!(drop->amount <= gate.max_drop + kRounding)) {
        outcome.broken.push_back({&gate, &results.rows().at(index), drop->amount});
      }
    }
  }
  outcome.unchecked = outcome.checked == 0 ? reason_unchecked(gate, results) : "";
  return outcome;
}

}  // namespace

std::vector<GateOutcome> check_gates(const std::vector<FrozenGate>& gates,
                                     const Results& results,
                                     const Baselines& baselines) {
  GateReferences references(results, baselines);
  std::vector<GateOutcome> outcomes;
  for (const FrozenGate& gate : gates) {
    outcomes.push_back(check(gate, results, references.find(gate)));
  }
  return outcomes;
}

std::string to_string(const BrokenGate& broken, const Results& results) {
  const FrozenGate& gate = *broken.gate;
  const bool is_loss = gate.metric == "loss";
  const bool is_timing = is_timing_metric(gate.metric);
  const int digits = is_loss ? 6 : 2;
  const std::string unit = is_timing ? "%" : "";
  return "gate: " + row_name(*broken.row->row, results.plan().variables) + ": " + gate.metric +
         (is_loss ? " rose by " : " fell by ") + fixed_text(broken.drop, digits) + unit +
         (gate.vs == "float" && !is_timing ? "" : " against " + gate.vs) + ", at most " +
         fixed_text(gate.max_drop, digits) + unit + " is allowed";
}

std::string to_string(const FrozenGate& gate) {
  return gate.metric + (gate.metric == "loss" ? " rise <= " : " drop <= ") +
         significant_text(gate.max_drop, 6) + (is_timing_metric(gate.metric) ? "%" : "") +
         (gate.vs == "float" ? "" : " vs " + gate.vs) +
         (gate.repeats > 0 ? " repeats " + std::to_string(gate.repeats) : "") +
         (gate.where.empty() ? "" : " where " + gate.where);
}

}  // namespace qsweep
