#include "qsweep/core/counted.hpp"
#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/report/junit.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

#include "command.hpp"
#include "duration.hpp"
#include "gate_options.hpp"
#include "log.hpp"
#include "report_format.hpp"
#include "run_session.hpp"
#include "sweep_setup.hpp"

namespace qsweep {
namespace {

constexpr size_t kMostRowsShown = 500;  // more than that is for `report`

struct RunOptions {
  RunArguments run;
  std::string junit;  // a file for JUnit's XML; empty: none
  std::string progress = "auto";
  std::string format = "text";
  bool quiet = false;
  bool verbose = false;
};

std::string check_device(const std::string& device) {
  const bool is_cuda = device.rfind("cuda:", 0) == 0 && device.size() > 5 &&
                       device.find_first_not_of("0123456789,", 5) == std::string::npos &&
                       device.find(",,") == std::string::npos && device.back() != ',' &&
                       device[5] != ',';
  return device == "cpu" || is_cuda
             ? ""
             : "must be cpu or like cuda:0 or cuda:0,1, got '" + device + "'";
}

ProgressStyle progress_style(const RunOptions& arguments) {
  if (arguments.quiet || arguments.progress == "none") {
    return ProgressStyle::None;
  }
  const bool bar =
      arguments.progress == "bar" || (arguments.progress == "auto" && ::isatty(STDERR_FILENO) == 1);
  return bar ? ProgressStyle::Bar : ProgressStyle::Plain;
}

void show(const Results& results, const PlannedRun& run, const std::string& format) {
  if (format != "text" || results.rows().size() <= kMostRowsShown) {
    if (format == "text") {
      std::cout << render_table(results);
    } else {
      std::vector<Results> runs;
      runs.push_back(load_results(run.run_directory));
      std::cout << render(runs, kReportFormats.at(format));
    }
    std::cout.flush();
  }
  log_info("results: " + run.run_directory + "/results.csv");
}

// Trials of which no attempt has ended.
size_t pending_trials(const RunOutcome& outcome) {
  const Results& results = outcome.results;
  return static_cast<size_t>(
      std::count_if(outcome.selected.begin(), outcome.selected.end(), [&](uint32_t trial) {
        return results.journal().find(results.plan().trials[trial].id) == nullptr;
      }));
}

bool any_failed(const RunOutcome& outcome) {
  const Results& results = outcome.results;
  return std::any_of(outcome.selected.begin(), outcome.selected.end(), [&](uint32_t trial) {
    const Record* record = results.journal().find(results.plan().trials[trial].id);
    return record != nullptr && record->failed;
  });
}

// Of the command line, with a warning where one matches no row, as plan warns of the file's.
std::vector<FrozenGate> checked_gates(const Plan& plan, const GateOptions& options) {
  std::vector<Row> rows;
  for (size_t i = 0; i < plan.row_count() && !options.is_empty(); ++i) {
    rows.push_back(plan.row(i));
  }
  std::vector<FrozenGate> gates = options.gates(rows, plan.variables());
  for (const FrozenGate& gate : gates) {
    if (gate.rows.empty()) {
      log_warning("--gate '" + to_string(gate) + "': warning: this gate matches no row");
    }
  }
  return gates;
}

// Read before anything runs, so that mistakes are told at once and a baseline is as it was.
Baselines read_baselines(const Plan& plan, const GateOptions& options) {
  std::vector<FrozenGate> gates = checked_gates(plan, options);
  for (const Gate& gate : plan.gates()) {
    gates.push_back({gate.metric, gate.max_drop, "", {}, gate.vs, gate.repeats});
  }
  return baselines_of(gates);
}

// A file that cannot be written is told before hours have passed. It is there again once there is
// something to say: what an earlier command wrote, or an empty file, would be taken for that.
void check_can_be_written(const std::string& path) {
  if (path.empty()) {
    return;
  }
  if (!std::ofstream(path, std::ios::binary | std::ios::app)) {
    throw WriteError(path, "cannot be written: " + system_reason());
  }
  std::error_code stays;
  if (std::filesystem::is_regular_file(path, stays)) {
    std::filesystem::remove(path, stays);
  }
}

void write_junit(const std::string& path,
                 const RunOutcome& outcome,
                 const std::vector<GateOutcome>& gates) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << junit_xml(outcome.results, outcome.selected, gates);
  file.close();
  if (!file) {
    throw WriteError(path, "cannot be written: " + system_reason());
  }
}

void check_engine(const RunArguments& arguments) {
  if (arguments.on == "local") {
    if (arguments.detach || arguments.print) {
      throw ConfigError(std::string(arguments.detach ? "--detach" : "--print") +
                        " needs an engine that jobs are submitted to: --on slurm");
    }
    return;
  }
  if (!engine_type(arguments.on).submits && !arguments.print) {
    throw ConfigError("--on " + arguments.on + " is only printed: give --print");
  }
  if (arguments.budget.count() > 0) {
    throw ConfigError("--budget is for --on local; a job's time is set by the engine's options");
  }
}

// Where there is nothing to show.
std::optional<ExitCode> exit_code_without_results(const RunOutcome& outcome, bool is_printed) {
  if (outcome.end.at_once) {
    return exit_code_of_signal(outcome.end);
  }
  if (outcome.selected.empty()) {
    log_error("qsweep: error: nothing was selected" +
              (outcome.why_none.empty() ? "" : ": " + outcome.why_none));
    return ExitCode::NothingToDo;
  }
  return is_printed ? std::make_optional(ExitCode::Ok) : std::nullopt;
}

void tell_what_is_left(const RunOutcome& outcome, bool is_local, size_t pending) {
  if (outcome.end.signal != 0 && is_local) {
    log_info("stopped; the same command goes on");
  }
  if (outcome.end.is_budget_spent) {
    log_info("the budget is spent; the same command goes on");
  }
  if (pending > 0) {
    log_info("the jobs ended and left " + counted(pending, "trial") +
             "; the same command submits what is left");
  }
}

// What was not finished counts before what failed, and that before gates.
ExitCode exit_code_of(const RunOutcome& outcome, size_t pending, ExitCode judged) {
  if (outcome.end.signal != 0) {
    return exit_code_of_signal(outcome.end);
  }
  if (outcome.end.is_budget_spent || pending > 0) {
    return ExitCode::Stopped;
  }
  return any_failed(outcome) ? ExitCode::TrialFailed : judged;
}

ExitCode act(RunOptions& arguments) {
  stop_at_once_on_signals();
  std::signal(SIGPIPE, SIG_IGN);  // who only looks on may go, and the sweep goes on
  start_log(arguments.quiet     ? LogLevel::Errors
            : arguments.verbose ? LogLevel::Debug
                                : LogLevel::Info);
  check_engine(arguments.run);
  arguments.run.gates.check();
  arguments.run.progress = progress_style(arguments);
  check_can_be_written(arguments.junit);
  const PlannedRun run = plan_run(arguments.run.plan);
  log_warnings(*run.plan);
  const Baselines baselines = read_baselines(*run.plan, arguments.run.gates);
  const RunOutcome outcome = run_plan(run, arguments.run);
  if (const auto code = exit_code_without_results(outcome, arguments.run.print)) {
    return *code;
  }
  const bool is_local = arguments.run.on == "local";
  const size_t pending = is_local || outcome.end.signal != 0 ? 0 : pending_trials(outcome);
  if (arguments.run.detach && pending > 0) {
    log_info("detached; the same command without --detach follows");
    return ExitCode::Stopped;
  }
  tell_what_is_left(outcome, is_local, pending);
  show(outcome.results, run, arguments.format);
  const auto gates = arguments.run.gates.all_of(outcome.results.plan());
  const auto checked = check_gates(gates, outcome.results, baselines);
  const ExitCode judged = judge(checked, outcome.results);
  if (!arguments.junit.empty()) {
    write_junit(arguments.junit, outcome, checked);
  }
  return exit_code_of(outcome, pending, judged);
}

void add_selection(CLI::App& command, RunArguments& run) {
  command.add_option("--only", run.only, "part of the matrix: 'model=resnet*,w<=4'")
      ->type_name("EXPR")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--skip", run.skip, "all but part of the matrix")
      ->type_name("EXPR")
      ->take_all()
      ->allow_extra_args(false);
  command.add_flag("--failed", run.failed, "only what failed");
}

void add_engine(CLI::App& command, RunArguments& run) {
  std::string about = "where it runs: local (the default)";
  for (const EngineType& type : engine_types()) {
    about += ", " + type.name + " (" + type.about + ")";
  }
  std::string names;
  for (const std::string& name : engine_names()) {
    names += (names.empty() ? "" : ",") + name;
  }
  command.add_option("--on", run.on, about)->type_name("ENGINE:{" + names + "}");
  command.add_flag("--detach", run.detach, "submit, and follow nothing");
  command.add_flag("--print", run.print, "print the job script, and submit nothing");
}

void add_limits(CLI::App& command, RunArguments& run) {
  add_duration(command,
               "--timeout",
               run.timeout,
               "end a trial that takes longer: 90s, 10m, 1.5h; no limit by default");
  command
      .add_option("--retries",
                  run.retries,
                  "try a trial so often again after a crash, a kill, lack of memory or a time-out; "
                  "0 by default")
      ->type_name("N")
      ->check(CLI::Range(0, 1000));
  add_duration(
      command, "--budget", run.budget, "start no trial after so long; no limit by default");
}

}  // namespace

Command add_run_command(CLI::App& app) {
  auto* command = app.add_subcommand("run", "run an experiment file, or continue where it stopped");
  auto arguments = std::make_shared<RunOptions>();
  RunArguments& run = arguments->run;
  run.plan.add_to(*command);
  command
      ->add_option("-j,--jobs",
                   run.workers,
                   "workers side by side; by default as many as there are processors for")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->add_option("--threads", run.threads, "of each worker, 1 by default; frozen with the run")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->add_option("--device", run.device, "cpu (the default) or cuda:0,1; frozen with the run")
      ->type_name("D")
      ->check(check_device);
  add_selection(*command, run);
  add_limits(*command, run);
  add_engine(*command, run);
  command->add_option("--events", run.events, "add the sweep's events to a file, as JSON lines")
      ->type_name("FILE");
  command->add_option("--junit", arguments->junit, "write the results as JUnit's XML")
      ->type_name("FILE");
  run.gates.add_to(*command);
  command->add_option("--progress", arguments->progress, "auto (the default), bar, plain or none")
      ->check(CLI::IsMember({"auto", "bar", "plain", "none"}));
  command
      ->add_option("--format",
                   arguments->format,
                   "of the table: text (the default), markdown, csv, json or latex")
      ->check(CLI::IsMember(kReportFormats));
  command->add_flag("-q,--quiet", arguments->quiet, "say errors only");
  command->add_flag("-v,--verbose", arguments->verbose, "say more");
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
