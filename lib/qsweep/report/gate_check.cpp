#include "qsweep/report/gate_check.hpp"

#include "qsweep/report/number_text.hpp"
#include "qsweep/report/result_columns.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace qsweep {
namespace {

std::optional<double> metric_of(const Record& record, const std::string& metric) {
  if (metric == "top1_best") {
    return record.top1_best;
  }
  const std::optional<Evaluation>& shown = metric == "top1_ptq" ? record.ptq : record.final;
  if (!shown) {
    return std::nullopt;
  }
  if (metric == "loss") {
    return shown->loss;
  }
  return metric == "top5" ? shown->top5 : shown->top1;
}

// Of the loss, more is worse.
std::optional<double> drop_between(const std::optional<double>& before,
                                   const std::optional<double>& now,
                                   const std::string& metric) {
  if (!before || !now) {
    return std::nullopt;
  }
  return metric == "loss" ? *now - *before : *before - *now;
}

// 88.40 - 87.40 is a little more than 1 in binary; what is allowed must not hang on that.
constexpr double kRounding = 1e-9;

// What a gate compares its rows with.
class Reference {
 public:
  virtual ~Reference() = default;
  /// Nothing where there is nothing to compare.
  virtual std::optional<double> drop(uint32_t row, const std::string& metric) const = 0;
};

class FloatReference : public Reference {
 public:
  explicit FloatReference(const Results& results) : results_(results) {}

  std::optional<double> drop(uint32_t index, const std::string& metric) const override {
    const RowResult& row = results_.rows().at(index);
    if (row.status != RowStatus::Done || row.float_record == nullptr) {
      return std::nullopt;
    }
    return drop_between(
        metric_of(*row.float_record, metric), metric_of(*row.record, metric), metric);
  }

 private:
  const Results& results_;
};

class BaselineReference : public Reference {
 public:
  BaselineReference(const ResultTable& base, const ResultTable& now)
      : base_(base), now_(now), matches_(match_rows(base.labels(), now.labels())) {}

  std::optional<double> drop(uint32_t row, const std::string& metric) const override {
    if (!matches_.at(row)) {
      return std::nullopt;
    }
    return drop_between(base_.number(*matches_[row], metric), now_.number(row, metric), metric);
  }

 private:
  const ResultTable& base_;
  const ResultTable& now_;
  std::vector<std::optional<size_t>> matches_;
};

// The references of all gates, each made once.
class References {
 public:
  References(const Results& results, const Baselines& baselines)
      : results_(results), baselines_(baselines), float_(results) {}

  /// Null where the baseline is not there.
  const Reference* find(const std::string& vs) {
    if (vs == "float") {
      return &float_;
    }
    const ResultTable* base = baselines_.find(vs);
    if (base == nullptr) {
      return nullptr;
    }
    if (!now_) {
      now_.emplace("this run", results_csv(results_));
    }
    return &found_.try_emplace(vs, *base, *now_).first->second;
  }

 private:
  const Results& results_;
  const Baselines& baselines_;
  FloatReference float_;
  std::optional<ResultTable> now_;
  std::map<std::string, BaselineReference> found_;
};

std::string reason_unchecked(const FrozenGate& gate, const Results& results) {
  if (gate.rows.empty()) {
    return "it matches no row";
  }
  const bool any = std::any_of(gate.rows.begin(), gate.rows.end(), [&](uint32_t row) {
    return results.rows().at(row).status == RowStatus::Done;
  });
  const std::string none = "none of its " + std::to_string(gate.rows.size()) + " rows ";
  return none + (any ? "has one to compare with that has a result" : "has a result");
}

GateOutcome check(const FrozenGate& gate, const Results& results, const Reference* reference) {
  GateOutcome outcome;
  outcome.gate = &gate;
  if (reference == nullptr) {
    outcome.unchecked = "there is no " + gate.vs;
    return outcome;
  }
  for (const uint32_t index : gate.rows) {
    if (const auto drop = reference->drop(index, gate.metric)) {
      ++outcome.checked;
      if (!(*drop <= gate.max_drop + kRounding)) {
        outcome.broken.push_back({&gate, &results.rows().at(index), *drop});
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
  References references(results, baselines);
  std::vector<GateOutcome> outcomes;
  for (const FrozenGate& gate : gates) {
    outcomes.push_back(check(gate, results, references.find(gate.vs)));
  }
  return outcomes;
}

std::string to_string(const BrokenGate& broken, const Results& results) {
  const FrozenGate& gate = *broken.gate;
  const bool is_loss = gate.metric == "loss";
  const int digits = is_loss ? 6 : 2;
  return "gate: " + row_name(*broken.row->row, results.plan().variables) + ": " + gate.metric +
         (is_loss ? " rose by " : " fell by ") + fixed_text(broken.drop, digits) +
         (gate.vs == "float" ? "" : " against " + gate.vs) + ", at most " +
         fixed_text(gate.max_drop, digits) + " is allowed";
}

std::string to_string(const FrozenGate& gate) {
  return gate.metric + (gate.metric == "loss" ? " rise <= " : " drop <= ") +
         significant_text(gate.max_drop, 6) + (gate.vs == "float" ? "" : " vs " + gate.vs) +
         (gate.where.empty() ? "" : " where " + gate.where);
}

}  // namespace qsweep
