#include "cluster_session.hpp"

#include "qsweep/core/counted.hpp"
#include "qsweep/engine/run_lock.hpp"
#include "qsweep/engine/stop_signals.hpp"
#include "qsweep/report/number_text.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <set>
#include <unordered_set>

#include "job_follower.hpp"
#include "log.hpp"
#include "sweep_setup.hpp"

namespace qsweep {
namespace {

std::vector<Job> jobs_of(const std::string& run_directory, const std::string& engine) {
  std::vector<Job> jobs = read_jobs(run_directory);
  jobs.erase(
      std::remove_if(
          jobs.begin(), jobs.end(), [&engine](const Job& job) { return job.engine != engine; }),
      jobs.end());
  return jobs;
}

std::vector<LiveElement> live_jobs(const Engine& engine, const std::vector<Job>& jobs) {
  return jobs.empty() ? std::vector<LiveElement>() : live_of(jobs, engine.live());
}

// "slices 0 to 47", "the merge".
std::string about(const Job& job) {
  if (job.slices == 0) {
    return "the merge";
  }
  const std::string first = std::to_string(job.first);
  return job.slices == 1 ? "slice " + first
                         : "slices " + first + " to " + std::to_string(job.first + job.slices - 1);
}

std::vector<Job> living(const std::vector<Job>& jobs, const std::vector<LiveElement>& live) {
  std::set<std::string> ids;
  for (const LiveElement& element : live) {
    ids.insert(element.job);
  }
  std::vector<Job> some;
  std::copy_if(jobs.begin(), jobs.end(), std::back_inserter(some), [&ids](const Job& job) {
    return ids.count(job.id) != 0;
  });
  return some;
}

}  // namespace

ClusterSession::ClusterSession(const PlannedRun& run,
                               const RunArguments& arguments,
                               const RunMeta& meta)
    : run_(run),
      arguments_(arguments),
      meta_(meta),
      engine_(make_engine(arguments.on, run.file)),
      journal_(run.run_directory),
      jobs_(jobs_of(run.run_directory, arguments.on)),
      live_(live_jobs(*engine_, jobs_)) {}

Results ClusterSession::load() {
  return {load_plan(run_.run_directory), journal_so_far(journal_)};
}

SweepEnd ClusterSession::run(const Selection& selection, Results& results, EventFile* events) {
  const std::vector<FrozenTrial> left = left_of(selection, results);
  if (arguments_.print) {
    if (left.empty()) {
      log_info("nothing is left to submit");
    } else {
      std::cout << engine_->script(sliced(left)) << std::flush;
    }
    return {};
  }
  if (!left.empty()) {
    StopSignals signals;  // a job that was taken is written down before a signal counts
    submit(left);
    SweepEnd end;
    end.signal = signals.take();
    if (end.signal != 0) {
      return end;
    }
  }
  if (arguments_.detach || selection.to_run.empty()) {
    return {};
  }
  return follow(selection, results, events);
}

std::vector<FrozenTrial> ClusterSession::left_of(const Selection& selection,
                                                 const Results& results) const {
  std::unordered_set<std::string> taken;
  const std::vector<uint32_t> numbers = live_slices(jobs_, live_);
  if (!numbers.empty()) {
    const std::vector<Slice> slices = read_slices(run_.run_directory);
    for (const uint32_t number : numbers) {
      if (number < slices.size()) {
        taken.insert(slices[number].trials.begin(), slices[number].trials.end());
      }
    }
    log_info(counted(numbers.size(), "slice") + " of earlier jobs still " +
             (numbers.size() == 1 ? "waits or runs" : "wait or run"));
  }
  std::vector<FrozenTrial> left;
  for (const uint32_t number : selection.to_run) {
    const FrozenTrial& trial = results.plan().trials[number];
    if (taken.count(trial.id) == 0) {
      left.push_back(trial);
    }
  }
  return left;
}

SlicedRun ClusterSession::sliced(const std::vector<FrozenTrial>& trials) const {
  const std::string directory =
      std::filesystem::absolute(run_.run_directory).lexically_normal().string();
  SlicedRun sliced;
  sliced.name = run_.experiment.name;
  sliced.program = own_program();
  sliced.run_directory = directory;
  if (arguments_.timeout.count() > 0) {
    const double seconds = std::chrono::duration<double>(arguments_.timeout).count();
    sliced.worker_options = {"--timeout", fixed_text(seconds, 3)};
  }
  if (arguments_.retries > 0) {
    sliced.worker_options.insert(sliced.worker_options.end(),
                                 {"--retries", std::to_string(arguments_.retries)});
  }
  if (run_.keep != "none") {
    sliced.worker_options.insert(sliced.worker_options.end(), {"--keep", run_.keep});
  }
  for (const std::string& gate : arguments_.gates.timing_texts()) {
    sliced.worker_options.insert(sliced.worker_options.end(), {"--gate", gate});
  }
  sliced.workers = arguments_.workers;
  sliced.threads = meta_.threads;
  sliced.devices = meta_.device == "cpu" ? 0 : static_cast<int>(devices_of(meta_.device).size());
  sliced.slices = add_slices(run_.run_directory, trials, engine_->most_slices());
  return sliced;
}

void ClusterSession::submit(const std::vector<FrozenTrial>& trials) {
  engine_->submit(sliced(trials), [this](const Job& job) {
    add_job(run_.run_directory, job);
    jobs_.push_back(job);
    log_info("submitted job " + job.id + ": " + about(job));
  });
}

SweepEnd ClusterSession::follow(const Selection& selection, Results& results, EventFile* events) {
  JobFollower follower(*engine_, jobs_, journal_, arguments_.retries);
  Progress progress(arguments_.progress, results, selection.to_run.size());
  SessionObserver observer(run_.run_directory, results, progress, events);
  const SweepEnd end = follower.follow(selection, results, observer);
  if (end.signal != 0) {
    const std::vector<Job> known = living(jobs_, follower.live());
    log_info("no longer following; the jobs go on, and the same command follows them again; `" +
             engine_->cancel_line(known.empty() ? jobs_ : known) + "` ends them");
  }
  return end;
}

void check_no_live_jobs(const PlannedRun& run) {
  std::set<std::string> engines;
  for (const Job& job : read_jobs(run.run_directory)) {
    engines.insert(job.engine);
  }
  for (const std::string& engine : engines) {
    const std::vector<Job> jobs = jobs_of(run.run_directory, engine);
    try {
      const auto live = live_jobs(*make_engine(engine, run.file), jobs);
      if (!live.empty()) {
        throw RunBusy(run.run_directory + ": is being run by job " + live.front().job + " of " +
                      engine + "; give --on " + engine + " to follow it");
      }
    } catch (const IoError& silent) {
      log_warning(run.run_directory + ": warning: it cannot be said whether its jobs of " + engine +
                  " have ended: " + silent.what());
    }
  }
}

}  // namespace qsweep
