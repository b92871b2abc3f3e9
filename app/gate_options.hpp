#pragma once

#include "qsweep/core/error.hpp"
#include "qsweep/engine/row_filter.hpp"
#include "qsweep/report/gate_check.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace qsweep {

/// The gates of the command line: --gate 'top1 drop <= 0.5 vs base.csv where w=8'.
class GateOptions {
 public:
  void add_to(CLI::App& app,
              const std::string& about = "what rows may lose: 'top1 drop <= 0.5 where w=8'");

  /// Throws ConfigError for one that cannot be read, whatever the rows are.
  void check() const;
  bool is_empty() const { return texts_.empty(); }

  /// The gates with the rows of this plan. Throws ConfigError for one that cannot be read, and for
  /// names that rows do not have.
  std::vector<FrozenGate> gates(const std::vector<Row>& rows,
                                const std::vector<std::string>& variables) const;
  /// Those of the file, with which the plan was frozen, and after them these. Throws as gates().
  std::vector<FrozenGate> all_of(const FrozenPlan& plan) const;

  /// Those about timings, as they were given: what a slice on another machine has to know.
  std::vector<std::string> timing_texts() const;

 private:
  std::vector<std::string> texts_;
};

/// By trial: how often its evaluation is timed, since gates compare that of its rows, or since it
/// is the float trial of such a row.
std::unordered_map<std::string, int> repeats_of(const std::vector<FrozenGate>& gates,
                                                const FrozenPlan& plan);

/// Says on standard error which rows break a gate, and which gates have nothing to check.
/// GateFailed where a row breaks one, else NothingToDo where one has nothing to check, else Ok.
ExitCode judge(const std::vector<GateOutcome>& outcomes, const Results& results);

/// The baselines of all these gates, as they are now.
Baselines baselines_of(const std::vector<FrozenGate>& gates);

}  // namespace qsweep
