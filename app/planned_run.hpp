#pragma once

#include "qsweep/engine/experiment_edits.hpp"
#include "qsweep/engine/worker_info.hpp"
#include "qsweep/plan/plan.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>

namespace qsweep {

/// What names a plan on the command line; `run` and `plan` share it.
struct PlanArguments {
  std::string file;
  std::string out;
  ExperimentEdits edits;

  void add_to(CLI::App& app);
};

/// An experiment file, planned.
struct PlannedRun {
  std::string program;  // the worker's
  std::string cache_directory;
  WorkerInfo worker;
  Experiment experiment;
  std::string keep;           // none | best | last
  std::string resolved;       // the file's text for the run's folder
  std::string run_directory;  // it need not exist yet
  std::unique_ptr<Plan> plan;
};

/// Reads the file, asks for the facts, and plans. Throws ConfigError.
PlannedRun plan_run(const PlanArguments& arguments);

/// The processors that this process may use.
int processor_count();

}  // namespace qsweep
