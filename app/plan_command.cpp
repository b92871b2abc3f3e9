#include "qsweep/engine/processors.hpp"
#include "qsweep/journal/journal.hpp"
#include "qsweep/plan/describe.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "planned_run.hpp"

namespace qsweep {
namespace {

struct PlanOptions {
  PlanArguments plan;
  std::string format = "text";
};

// What the run's folder tells, if it has been started: which trials are done, and how long they
// took.
PlanProgress progress_of(const std::string& run_directory) {
  PlanProgress progress;
  progress.workers = processor_count();
  double seconds = 0;
  for (const auto& [trial, entry] : read_journal(run_directory).entries) {
    if (!entry.record.failed) {
      progress.done.insert(trial);
      seconds += entry.record.total_seconds();
    }
  }
  if (!progress.done.empty()) {
    progress.seconds_per_trial = seconds / static_cast<double>(progress.done.size());
  }
  return progress;
}

std::string plugins_text(const std::vector<PluginFacts>& plugins) {
  std::string text;
  for (const PluginFacts& plugin : plugins) {
    text += "  " + plugin.path + ": " + contents_text(plugin) + "\n";
  }
  return text.empty() ? "" : "\nplugins\n" + text;
}

ExitCode act(const PlanOptions& arguments) {
  const PlannedRun run = plan_run(arguments.plan);
  if (arguments.format == "json") {  // the text has them
    log_warnings(*run.plan);
  }
  Json summary = plan_summary(run.experiment, *run.plan, progress_of(run.run_directory));
  summary["plugins"] = run.worker.plugins;
  std::cout << (arguments.format == "json" ? summary.dump(2) + "\n"
                                           : plan_text(summary) + plugins_text(run.worker.plugins));
  return ExitCode::Ok;
}

}  // namespace

Command add_plan_command(CLI::App& app) {
  auto* command = app.add_subcommand("plan", "check a file and say what would run; runs nothing");
  auto arguments = std::make_shared<PlanOptions>();
  arguments->plan.add_to(*command);
  command->add_option("--format", arguments->format, "text (the default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
