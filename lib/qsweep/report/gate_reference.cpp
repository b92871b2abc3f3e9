#include "qsweep/report/gate_reference.hpp"

#include "qsweep/config/gate_words.hpp"
#include "qsweep/report/result_columns.hpp"
#include "qsweep/report/timings.hpp"

#include <unordered_map>
#include <vector>

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

std::optional<Drop> drop_between(const std::optional<double>& before,
                                 const std::optional<double>& now,
                                 const std::string& metric) {
  if (!before || !now) {
    return std::nullopt;
  }
  return Drop{metric == "loss" ? *now - *before : *before - *now};
}

struct Timing {
  double images_per_s = 0;
  double repeats = 0;
  std::string host;
};

Timing timing_of(const Record& record) {
  return {record.images_per_second, static_cast<double>(record.repeats), record.host};
}

Timing timing_of(const ResultTable& table, size_t row) {
  return {table.number(row, "images_per_s").value_or(0),
          table.number(row, "repeats").value_or(0),
          table.text(row, "host")};
}

std::optional<Drop> drop_between(const Timing& before, const Timing& now, int repeats) {
  if (before.repeats < repeats || now.repeats < repeats || before.images_per_s <= 0) {
    return std::nullopt;
  }
  return Drop{100 * (before.images_per_s - now.images_per_s) / before.images_per_s,
              before.host != now.host};
}

class FloatReference : public GateReference {
 public:
  explicit FloatReference(const Results& results) : results_(results) {}

  std::optional<Drop> drop(uint32_t index, const FrozenGate& gate) const override {
    const RowResult& row = results_.rows().at(index);
    if (row.status != RowStatus::Done || row.float_record == nullptr) {
      return std::nullopt;
    }
    if (is_timing_metric(gate.metric)) {
      return drop_between(timing_of(*row.float_record), timing_of(*row.record), gate.repeats);
    }
    return drop_between(metric_of(*row.float_record, gate.metric),
                        metric_of(*row.record, gate.metric),
                        gate.metric);
  }

 private:
  const Results& results_;
};

class BaselineReference : public GateReference {
 public:
  BaselineReference(const ResultTable& base, const Results& results)
      : base_(base), now_("this run", results_csv(results)) {
    now_.add_float_trials(results);
    matches_ = match_rows(base_.labels(), now_.labels());
  }

  std::optional<Drop> drop(uint32_t row, const FrozenGate& gate) const override {
    if (!matches_.at(row)) {
      return std::nullopt;
    }
    auto drop = drop_between(
        base_.number(*matches_[row], gate.metric), now_.number(row, gate.metric), gate.metric);
    if (drop && base_.has("images")) {
      drop->is_of_other_images =
          base_.number(*matches_[row], "images") != now_.number(row, "images");
    }
    return drop;
  }

 private:
  const ResultTable& base_;
  ResultTable now_;
  std::vector<std::optional<size_t>> matches_;
};

// timings.csv has a line per trial that ran, so that rows go by their trials.
class TimingReference : public GateReference {
 public:
  TimingReference(const ResultTable& base, const Results& results)
      : base_(base), results_(results), now_("this run", timings_csv(results), "timings.csv") {
    now_.add_float_trials(results);
    matches_ = match_rows(base_.labels(), now_.labels());
    for (size_t i = 0; i < now_.labels().size(); ++i) {
      lines_.emplace(now_.labels()[i].trial, i);
    }
  }

  std::optional<Drop> drop(uint32_t row, const FrozenGate& gate) const override {
    const auto line = lines_.find(results_.rows().at(row).trial->id);
    if (line == lines_.end() || !matches_.at(line->second)) {
      return std::nullopt;
    }
    return drop_between(
        timing_of(base_, *matches_[line->second]), timing_of(now_, line->second), gate.repeats);
  }

 private:
  const ResultTable& base_;
  const Results& results_;
  ResultTable now_;
  std::vector<std::optional<size_t>> matches_;     // of the lines of now_
  std::unordered_map<std::string, size_t> lines_;  // by trial
};

}  // namespace

GateReferences::GateReferences(const Results& results, const Baselines& baselines)
    : results_(results), baselines_(baselines) {}

const GateReference* GateReferences::find(const FrozenGate& gate) {
  const Key key{gate.vs, is_timing_metric(gate.metric)};
  std::unique_ptr<GateReference>& found = found_[key];
  if (found) {
    return found.get();
  }
  if (gate.vs == "float") {
    found = std::make_unique<FloatReference>(results_);
  } else if (const ResultTable* base = baselines_.find(gate.vs, gate.metric)) {
    if (key.second) {
      found = std::make_unique<TimingReference>(*base, results_);
    } else {
      found = std::make_unique<BaselineReference>(*base, results_);
    }
  }
  return found.get();
}

}  // namespace qsweep
