#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/core/json.hpp"
#include "qsweep/plan/plan.hpp"

#include <optional>
#include <set>
#include <string>

namespace qsweep {

/// What is known about a plan beside the plan itself.
struct PlanProgress {
  std::set<std::string> done;               // ids of trials with a result
  std::optional<double> seconds_per_trial;  // of one worker, once measured
  int workers = 1;
};

/// What `qsweep plan` says, as JSON: name, rows, trials, done, to_run, seconds (null before
/// anything was measured), varies, constant, rules, corrections, costs of the first `most_costs`
/// rows, warnings.
Json plan_summary(const Experiment& experiment,
                  const Plan& plan,
                  const PlanProgress& progress,
                  size_t most_costs = 40);

/// The same for people.
std::string plan_text(const Json& summary);

}  // namespace qsweep
