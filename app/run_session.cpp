#include "run_session.hpp"

#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/core/utc_text.hpp"
#include "qsweep/engine/cluster/job.hpp"
#include "qsweep/engine/processors.hpp"
#include "qsweep/engine/run_lock.hpp"
#include "qsweep/report/run_files.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>
#include <sstream>

#include "cluster_session.hpp"
#include "event_file.hpp"
#include "log.hpp"
#include "session_observer.hpp"
#include "sweep_setup.hpp"

namespace qsweep {
namespace {

// A folder's threads and device count: sums depend on them, and rows must be comparable.
template <class Value>
void check_frozen(const std::string& run_directory,
                  const std::string& option,
                  const Value& frozen,
                  const std::optional<Value>& given) {
  if (given && *given != frozen) {
    std::ostringstream text;
    text << run_directory << ": this run was started with " << option << " " << frozen
         << ", on which its numbers depend; got " << option << " " << *given
         << "; give another --out";
    throw ConfigError(text.str());
  }
}

// What the trials read, each once: {"name", "fingerprint", ...}.
Json data_fingerprints(const Plan& plan) {
  Json all = Json::array();
  for (size_t i = 0; i < plan.row_count(); ++i) {
    const Row row = plan.row(i);
    if (row.policy != "float") {
      continue;
    }
    const Trial trial = plan.trial(row.trial);
    if (!trial.key.contains("data")) {
      continue;
    }
    Json data = trial.key.at("data");
    data["name"] = trial.settings.data.name;
    if (std::find(all.begin(), all.end(), data) == all.end()) {
      all.push_back(std::move(data));
    }
  }
  return all;
}

bool has_results(const std::string& run_directory) {
  return !read_journal(run_directory).entries.empty();
}

// Until something was computed, or may be by a job, nothing depends on what a folder was started
// with. (A checkpoint tells its own platform.)
bool is_begun(const std::string& run_directory) {
  std::error_code none;
  const std::filesystem::directory_iterator end;
  return has_results(run_directory) || !read_jobs(run_directory).empty() ||
         std::filesystem::directory_iterator(run_directory + "/stages", none) != end;
}

void choose(const RunArguments& arguments, RunMeta& meta) {
  meta.threads = arguments.threads.value_or(1);
  meta.device = arguments.device.value_or("cpu");
}

RunMeta meta_of(const PlannedRun& run, const RunArguments& arguments) {
  RunMeta meta;
  if (auto frozen = read_meta(run.run_directory)) {
    meta = std::move(*frozen);
    if (is_begun(run.run_directory)) {
      check_frozen(run.run_directory, "--threads", meta.threads, arguments.threads);
      check_frozen(run.run_directory, "--device", meta.device, arguments.device);
    } else {
      choose(arguments, meta);
    }
    if (meta.libtorch != run.worker.libtorch) {
      log_warning(run.run_directory + ": warning: started with LibTorch " + meta.libtorch +
                  ", goes on with " + run.worker.libtorch + "; the last digits may differ");
    }
  } else if (has_results(run.run_directory)) {
    throw ConfigError(run.run_directory +
                      "/meta.json: is missing, and with it what the results there "
                      "were computed with; put it back, or give another folder with -o");
  } else {
    meta.created = utc_text(std::time(nullptr));
    choose(arguments, meta);
  }
  meta.qsweep = QSWEEP_VERSION;
  meta.libtorch = run.worker.libtorch;
  meta.numerics = kNumericsVersion;
  meta.data = data_fingerprints(*run.plan);
  meta.plugins = run.plugins;
  return meta;
}

int worker_count(const RunArguments& arguments, const RunMeta& meta, size_t devices) {
  if (arguments.workers) {
    return *arguments.workers;
  }
  return meta.device == "cpu" ? std::max(1, processor_count() / meta.threads)
                              : static_cast<int>(devices);
}

void tell_change(const PlanChange& change) {
  if (!change.is_first && (change.added > 0 || change.gone > 0)) {
    log_info(std::to_string(change.kept) + " kept, " + std::to_string(change.added) + " new, " +
             std::to_string(change.gone) + " gone");
  }
}

std::vector<FrozenTrial> trials_of(const std::vector<uint32_t>& numbers, const Results& results) {
  std::vector<FrozenTrial> trials;
  for (const uint32_t number : numbers) {
    trials.push_back(results.plan().trials[number]);
  }
  return trials;
}

SweepEnd sweep(const PlannedRun& run,
               const RunArguments& arguments,
               const RunMeta& meta,
               const Selection& selection,
               Results& results,
               EventFile* events) {
  if (selection.to_run.empty()) {
    return {};
  }
  check_no_live_jobs(run);
  const std::vector<FrozenTrial> to_run = trials_of(selection.to_run, results);
  SweepOptions options = sweep_options(run.run_directory, meta, results, to_run);
  options.keep = run.keep;
  options.workers = worker_count(arguments, meta, options.devices.size());
  options.timeout = arguments.timeout;
  options.retries = arguments.retries;
  options.repeats = repeats_of(arguments.gates.all_of(results.plan()), results.plan());
  options.budget = arguments.budget;
  Progress progress(arguments.progress, results, selection.to_run.size());
  SessionObserver observer(run.run_directory, results, progress, events);
  StopSignals signals;
  return run_sweep(options, queue_of(to_run, results), observer, signals);
}

// Nothing was selected: by what, if that can be told.
std::string why_none(const SelectionOptions& options, const Plan& plan) {
  const std::string unmatched = options.only.unmatched(plan);
  if (!unmatched.empty()) {
    return unmatched;
  }
  if (options.failed) {
    return "no such trial has failed";
  }
  return options.skip.is_empty() ? "" : "--skip leaves nothing";
}

Json start_event(const PlannedRun& run, const Selection& selection) {
  return {{"event", "sweep_started"},
          {"run", run.run_directory},
          {"experiment", run.experiment.name},
          {"trials", selection.trials.size()},
          {"to_run", selection.to_run.size()}};
}

Json end_event(const SweepEnd& end) {
  Json event{{"event", "sweep_ended"}, {"reason", "complete"}};
  if (end.signal != 0) {
    event["reason"] = "signal";
    event["signal"] = end.signal;
  } else if (end.is_budget_spent) {
    event["reason"] = "budget";
  }
  return event;
}

}  // namespace

RunOutcome run_plan(const PlannedRun& run, const RunArguments& arguments) {
  const auto& variables = run.plan->variables();
  const SelectionOptions options{RowFilter("--only", arguments.only, variables),
                                 RowFilter("--skip", arguments.skip, variables),
                                 arguments.failed};
  const RunLock lock(run.run_directory);  // before anything of the folder is read
  const RunMeta meta = meta_of(run, arguments);
  const auto events =
      arguments.events.empty() ? nullptr : std::make_unique<EventFile>(arguments.events);
  tell_change(freeze(run.run_directory, *run.plan, run.resolved, meta, run.plan_key));
  std::unique_ptr<ClusterSession> cluster;
  if (arguments.on != "local") {
    cluster = std::make_unique<ClusterSession>(run, arguments, meta);
  }
  remove_unfinished_in(run.run_directory);
  remove_unfinished_in(run.run_directory + "/stages");
  RunOutcome outcome{cluster ? cluster->load() : load_results(run.run_directory), {}, {}, {}};
  write_run_files(run.run_directory, outcome.results);
  const Selection selection = select_trials(outcome.results, options);
  outcome.selected = selection.trials;
  if (selection.trials.empty()) {
    outcome.why_none = why_none(options, *run.plan);
  }
  log_debug(std::to_string(selection.trials.size()) + " trials selected, " +
            std::to_string(selection.to_run.size()) + " to run");
  if (events) {
    events->tell(start_event(run, selection));
  }
  outcome.end = cluster ? cluster->run(selection, outcome.results, events.get())
                        : sweep(run, arguments, meta, selection, outcome.results, events.get());
  if (events) {
    events->tell(end_event(outcome.end));
  }
  if (outcome.end.at_once || selection.to_run.empty()) {
    return outcome;
  }
  write_run_files(run.run_directory, outcome.results);
  return outcome;
}

}  // namespace qsweep
