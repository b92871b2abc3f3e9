#pragma once

#include "qsweep/journal/run_meta.hpp"
#include "qsweep/plan/plan.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace qsweep {

/// A trial of a frozen plan, as far as scheduling and reports need it.
struct FrozenTrial {
  std::string id;
  std::string float_trial;
  Cost cost;
  int64_t limit = 0;    // evaluated on so many images only; 0: all
  std::string best_on;  // the split on which the best epoch is chosen; empty: the evaluated one
  int64_t calibrated_on_test = 0;  // evaluated images among those that calibration draws from
  // A hash that is the same where the same images are evaluated; empty in plans of earlier
  // versions.
  std::string evaluated;

  bool is_float() const { return id == float_trial; }
};

/// A gate with the rows that it speaks of.
struct FrozenGate {
  std::string metric;
  double max_drop = 0;         // in the metric's own unit; of a timing in percent
  std::string where;           // "w=8 policy=conv_linear", for messages; empty: all rows
  std::vector<uint32_t> rows;  // positions, ascending; with vs float never float rows
  std::string vs = "float";    // or the path of a run's folder or of a CSV
  int repeats = 0;             // of a timing: how often the evaluation is timed
};

/// What a run consists of, as plan.jsonl keeps it.
struct FrozenPlan {
  std::string experiment;
  std::vector<std::string> variables;
  AxisTitles axis_titles;
  std::vector<Row> rows;  // in the order of results.csv
  std::vector<FrozenTrial> trials;
  std::vector<FrozenGate> gates;
  std::unordered_map<std::string, uint32_t> trial_numbers;  // by id

  const FrozenTrial& trial_of(const Row& row) const { return trials.at(row.trial); }
};

/// How a plan that was frozen differs from the one that it replaced, in trials.
struct PlanChange {
  bool is_first = true;
  size_t kept = 0;
  size_t added = 0;
  size_t gone = 0;
};

/// Writes experiment.yaml, plan.jsonl and meta.json; each appears whole or not at all. Journals and
/// trials of an earlier plan stay. Throws WriteError.
///
/// `plan_key` stands for all that the plan follows from: a folder whose plan has the same one is
/// left its plan, since writing a hundred thousand trials takes seconds. Empty: it is always
/// written.
///
/// plan.jsonl starts with a line {"axes", "experiment", "format", "gates", "key", "rows",
/// "variables"}. A line per trial follows: {"best_on", "calibrated_on_test", "cost", "evaluated",
/// "float_trial", "id", "limit", "rows", "trial"}, with `trial`, all that a worker needs, last, and
/// each of its rows as [position, model, policy, values, data].
PlanChange freeze(const std::string& run_directory,
                  const Plan& plan,
                  const std::string& experiment_text,
                  const RunMeta& meta,
                  const std::string& plan_key = "");

/// Has a plan been frozen in that folder?
bool is_run_folder(const std::string& run_directory);

/// Throws IoError if there is no run in that folder, or its plan is damaged.
FrozenPlan load_plan(const std::string& run_directory);

/// All of one trial, for the worker that computes it. Throws IoError if the plan has none such.
Trial read_trial(const std::string& run_directory, const std::string& id);

}  // namespace qsweep
