#pragma once

#include "qsweep/engine/selection.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "gate_options.hpp"
#include "planned_run.hpp"
#include "progress.hpp"

namespace qsweep {

/// What the options of `run` ask for.
struct RunArguments {
  PlanArguments plan;
  std::optional<int> workers;  // by default as many as there are processors for
  std::optional<int> threads;  // of each worker
  std::optional<std::string> device;
  std::vector<std::string> only;
  std::vector<std::string> skip;
  bool failed = false;
  std::chrono::milliseconds timeout{0};  // of a trial; 0: none
  int retries = 0;
  std::chrono::milliseconds budget{0};  // of the command; 0: none
  GateOptions gates;
  std::string events;        // a file for JSON lines; empty: none
  std::string on = "local";  // the engine
  bool detach = false;       // submit, and follow nothing
  bool print = false;        // submit nothing, but print what would be submitted
  ProgressStyle progress = ProgressStyle::Plain;
};

/// How a run ended, with all that is known of it.
struct RunOutcome {
  Results results;
  std::vector<uint32_t> selected;  // trials
  std::string why_none;            // of them; empty where that cannot be told
  SweepEnd end;
};

/// Freezes the plan, runs what is missing, here or by another engine, and leaves results.csv and
/// timings.csv.
RunOutcome run_plan(const PlannedRun& run, const RunArguments& arguments);

}  // namespace qsweep
