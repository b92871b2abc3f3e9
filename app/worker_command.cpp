#include "qsweep/core/host_name.hpp"
#include "qsweep/engine/cluster/slice_work.hpp"
#include "qsweep/journal/checkpoint_path.hpp"
#include "qsweep/report/run_files.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "command.hpp"
#include "duration.hpp"
#include "gate_options.hpp"
#include "log.hpp"
#include "progress.hpp"
#include "sweep_setup.hpp"

namespace qsweep {
namespace {

struct WorkerOptions {
  std::string run;
  int64_t slice = -1;  // none
  bool merge = false;
  int workers = 1;
  std::chrono::milliseconds timeout{0};
  int retries = 0;
  std::string keep = "none";
  GateOptions gates;
  std::string again;
};

// Tells on standard error, which is the job's log, how the slice comes along. It leaves the derived
// files alone, which all slices would write at once.
class SliceObserver : public SweepObserver {
 public:
  SliceObserver(Results& results, Progress& progress) : results_(results), progress_(progress) {}

  void started(const std::string& trial) override { progress_.started(trial); }
  void stage(const std::string& trial, const TrialStage& stage) override {
    progress_.stage(trial, stage);
  }
  void finished(const JournalEntry& entry) override {
    results_.add(entry);
    progress_.finished(entry.record);
    ++finished_;
  }
  void attempt_failed(const JournalEntry& entry) override {
    results_.add(entry);
    progress_.attempt_failed(entry.record);
  }
  void limited(const MemoryLimit& limit) override { progress_.limited(limit); }
  void stopping(int /*signal*/) override { progress_.stopping(); }
  void tick() override { progress_.tick(); }

  size_t finished_trials() const { return finished_; }

 private:
  Results& results_;
  Progress& progress_;
  size_t finished_ = 0;
};

// Of no other process, on whatever machine: a slice that was thought lost may still be running.
std::string writer_prefix(int64_t slice) {
  return "slice" + std::to_string(slice) + "." + host_name() + "." + std::to_string(::getpid()) +
         ".";
}

bool any_failed(const Slice& slice, const Results& results) {
  for (const std::string& trial : slice.trials) {
    const Record* record = results.journal().find(trial);
    if (record != nullptr && record->failed) {
      return true;
    }
  }
  return false;
}

using FileTime = std::filesystem::file_time_type;

// When each trial's checkpoint was written; the earliest time there is for none.
std::vector<FileTime> checkpoint_times(const std::string& run_directory,
                                       const std::vector<FrozenTrial>& trials) {
  std::vector<FileTime> times;
  for (const FrozenTrial& trial : trials) {
    std::error_code none;
    times.push_back(
        std::filesystem::last_write_time(checkpoint_path(run_directory, trial.id), none));
  }
  return times;
}

// The scheduler said that time is nearly up.
void ask_to_run_again(const std::string& command) {
  if (command.empty()) {
    return;
  }
  log_info("time is up: " + command);
  if (std::system(command.c_str()) != 0) {
    log_warning(
        "this slice is not run again by itself; the run's own command submits what is left");
  }
}

ExitCode run_slice(const WorkerOptions& arguments) {
  const Slice slice = read_slice(arguments.run, static_cast<uint32_t>(arguments.slice));
  const auto meta = read_meta(arguments.run);
  if (!meta) {
    throw IoError(arguments.run, "no run in this folder: its meta.json is missing");
  }
  Results results = load_results(arguments.run);
  const SliceWork work = work_of(slice, results);
  log_info("slice " + std::to_string(slice.number) + ": " + std::to_string(work.to_run.size()) +
           " of " + std::to_string(slice.trials.size()) + " trials to run");
  SweepEnd end;
  if (!work.to_run.empty()) {
    SweepOptions options = sweep_options(arguments.run, *meta, results, work.to_run);
    options.writer_prefix = writer_prefix(arguments.slice);
    options.workers = arguments.workers;
    options.timeout = arguments.timeout;
    options.retries = arguments.retries;
    options.keep = arguments.keep;
    options.repeats = repeats_of(arguments.gates.all_of(results.plan()), results.plan());
    Progress progress(ProgressStyle::Plain, results, work.to_run.size());
    SliceObserver observer(results, progress);
    StopSignals signals;
    const std::vector<FileTime> checkpoints = checkpoint_times(arguments.run, work.to_run);
    end = run_sweep(options, queue_of(work.to_run, results), observer, signals);
    // Who got nothing done would get nothing done again.
    const bool got_on = observer.finished_trials() > 0 ||
                        checkpoint_times(arguments.run, work.to_run) != checkpoints;
    if (end.signal == SIGUSR2 && got_on) {
      ask_to_run_again(arguments.again);
    }
  }
  if (end.signal != 0) {
    return exit_code_of_signal(end);
  }
  if (work.waiting > 0) {
    log_info(std::to_string(work.waiting) + " trials wait for float trials without a result");
    return ExitCode::Stopped;
  }
  return any_failed(slice, results) ? ExitCode::TrialFailed : ExitCode::Ok;
}

ExitCode merge(const std::string& run_directory) {
  write_run_files(run_directory, load_results(run_directory));
  log_info("results: " + run_directory + "/results.csv");
  return ExitCode::Ok;
}

ExitCode act(const WorkerOptions& arguments) {
  stop_at_once_on_signals();
  if (arguments.merge == (arguments.slice >= 0)) {
    throw ConfigError("give either --slice or --merge");
  }
  return arguments.merge ? merge(arguments.run) : run_slice(arguments);
}

}  // namespace

Command add_worker_command(CLI::App& app) {
  auto* command =
      app.add_subcommand("worker", "run one slice of a planned run: what a scheduler starts");
  auto arguments = std::make_shared<WorkerOptions>();
  command->add_option("run", arguments->run, "the run's folder")->required()->type_name("RUN");
  command->add_option("--slice", arguments->slice, "its number; `run --on slurm` makes slices")
      ->type_name("K")
      ->check(CLI::Range(int64_t{0}, int64_t{4'294'967'295}));
  command->add_flag("--merge", arguments->merge, "write results.csv and timings.csv instead");
  command->add_option("-j,--jobs", arguments->workers, "workers side by side; 1 by default")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  add_duration(*command, "--timeout", arguments->timeout, "as of run");
  command->add_option("--retries", arguments->retries, "as of run")
      ->type_name("N")
      ->check(CLI::Range(0, 1000));
  arguments->gates.add_to(*command,
                          "as of run: how often evaluations are timed; nothing is judged");
  command->add_option("--keep", arguments->keep, "as `keep` of the experiment file")
      ->check(CLI::IsMember({"none", "best", "last"}));
  command
      ->add_option(
          "--again",
          arguments->again,
          "on USR2, if any trial has ended or kept a checkpoint by then: run this, which has the "
          "slice run again")
      ->type_name("COMMAND");
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
