#pragma once

#include "qsweep/engine/experiment_edits.hpp"
#include "qsweep/engine/worker_info.hpp"
#include "qsweep/plan/plan.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// What names a plan on the command line; `run` and `plan` share it.
struct PlanArguments {
  std::string file;
  std::string out;
  ExperimentEdits edits;
  bool no_scripts = false;
  bool no_plugins = false;

  void add_to(CLI::App& app);
};

/// The option of every command that would load a TorchScript model.
void add_no_scripts(CLI::App& command, bool& no_scripts);

/// An experiment file, planned.
struct PlannedRun {
  std::string program;  // the worker's
  std::string cache_directory;
  std::vector<Plugin> plugins;
  WorkerInfo worker;
  Node file;  // as parsed, with the edits made
  Experiment experiment;
  std::string keep;           // none | best | last
  std::string resolved;       // the file's text for the run's folder
  std::string run_directory;  // it need not exist yet
  std::unique_ptr<Plan> plan;
  std::string plan_key;  // a hash of all that the plan follows from
};

/// Reads the file, asks for the facts, and plans. Throws ConfigError.
PlannedRun plan_run(const PlanArguments& arguments);

/// Tells them on standard error.
void log_warnings(const Plan& plan);

/// The path of this program.
std::string own_program();

}  // namespace qsweep
