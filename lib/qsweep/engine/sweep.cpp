#include "qsweep/engine/sweep.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/host_name.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <memory>
#include <poll.h>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace qsweep {
namespace {

constexpr int kTickMilliseconds = 200;
constexpr std::chrono::seconds kPatience{5};       // with workers that have nothing to do
constexpr std::chrono::seconds kStopPatience{30};  // with what runs when the sweep is stopped
using Clock = std::chrono::steady_clock;

std::string seconds_text(std::chrono::milliseconds time) {
  std::ostringstream text;
  text << std::chrono::duration<double>(time).count() << " s";
  return text.str();
}

[[noreturn]] void throw_cannot_start(const SweepWorker& worker, const ProcessEnd& end) {
  const std::string text = "a worker cannot start: it " + end.text() +
                           (worker.last_words().empty() ? "" : ": " + worker.last_words());
  if (end.code == static_cast<int>(ExitCode::Usage)) {
    throw ConfigError(text);
  }
  throw IoError(text);
}

class Sweep {
 public:
  Sweep(const SweepOptions& options,
        TrialQueue queue,
        SweepObserver& observer,
        StopSignals& signals)
      : options_(options),
        queue_(std::move(queue)),
        observer_(observer),
        signals_(signals),
        journal_(journal_path(options.run_directory, options.writer_prefix + "qsweep")),
        workers_(static_cast<size_t>(std::max(1, options.workers))),
        worker_memory_(options.worker_memory) {}

  SweepEnd run() {
    for (const std::string& trial : queue_.hopeless()) {
      fail_all({trial}, never_started_after(options_.failed_floats.at(trial)));
    }
    while (start_trials()) {
      wait_for_events();
      end_slow_trials();
      if (const int signal = signals_.take()) {
        return stop(signal);
      }
      observer_.tick();
    }
    for (auto& worker : workers_) {
      if (worker) {
        worker->finish();
      }
    }
    SweepEnd end;
    end.is_budget_spent = queue_.has_next();
    return await_workers(end, kPatience);
  }

 private:
  // Is anything running?
  bool start_trials() {
    bool running = false;
    for (size_t i = 0; i < workers_.size(); ++i) {
      auto& worker = workers_[i];
      if (may_start() && is_free(worker) && queue_.has_next() && (worker || has_room())) {
        if (!worker) {
          worker = std::make_unique<SweepWorker>(command_of(i));
        }
        const std::string trial = *queue_.next();
        observer_.started(trial);
        const auto repeats = options_.repeats.find(trial);
        worker->run(trial, repeats == options_.repeats.end() ? 0 : repeats->second);
      }
      running = running || !is_free(worker);
    }
    return running;
  }

  bool may_start() const {
    return options_.budget.count() == 0 || Clock::now() - start_ < options_.budget;
  }

  // For one worker more? The first always has.
  bool has_room() {
    const auto started = std::count_if(
        workers_.begin(), workers_.end(), [](const auto& worker) { return worker != nullptr; });
    if (started == 0 || options_.memory == 0 ||
        (started + 1) * worker_memory_.bytes() <= options_.memory) {
      return true;
    }
    if (started != told_limit_) {
      told_limit_ = started;
      observer_.limited({static_cast<int>(started),
                         worker_memory_.bytes(),
                         worker_memory_.is_seen(),
                         options_.memory});
    }
    return false;
  }

  // Can it be given a trial, once there is such a worker?
  static bool is_free(const std::unique_ptr<SweepWorker>& worker) {
    return !worker || (worker->is_idle() && !worker->is_timed_out());
  }

  void end_slow_trials() {
    for (const auto& worker : workers_) {
      if (options_.timeout.count() > 0 && worker && !worker->is_timed_out() &&
          worker->time_at_trial() > options_.timeout) {
        worker->time_out();
      }
    }
  }

  WorkerCommand command_of(size_t i) const {
    return {options_.program,
            options_.run_directory,
            options_.cache_directory,
            options_.writer_prefix + "w" + std::to_string(i + 1),
            options_.devices[i % options_.devices.size()],
            options_.threads,
            options_.keep};
  }

  void wait_for_events() {
    std::vector<pollfd> files{{signals_.file(), POLLIN, 0}};
    for (const auto& worker : workers_) {
      files.push_back({worker ? worker->output() : -1, POLLIN, 0});
      files.push_back({worker ? worker->errors() : -1, POLLIN, 0});
    }
    ::poll(files.data(), files.size(), kTickMilliseconds);
    for (size_t i = 0; i < workers_.size(); ++i) {
      if (files[2 * i + 2].revents != 0) {
        workers_[i]->read_errors();
      }
      if (files[2 * i + 1].revents != 0) {
        listen_to(workers_[i]);
      }
    }
  }

  // A worker that has ended leaves its place.
  void listen_to(std::unique_ptr<SweepWorker>& worker) {
    const auto entry = worker->read_output(
        [&](const std::string& trial, const TrialStage& stage) { observer_.stage(trial, stage); });
    if (entry) {
      finish(*entry);
    }
    if (!worker->is_open()) {
      const auto gone = std::move(worker);
      bury(*gone);
    }
  }

  // A worker is gone; another takes its place when there is a trial for it.
  void bury(SweepWorker& worker) {
    const ProcessEnd end = worker.wait();
    if (end.code == static_cast<int>(ExitCode::CannotWrite)) {
      throw WriteError(worker.last_words().empty() ? "a worker cannot write" : worker.last_words());
    }
    if (worker.is_idle()) {
      return;
    }
    if (const auto entry = worker.last_record()) {
      finish(*entry);
      return;
    }
    if (is_stopping_ || (end.signal == SIGTERM && is_told_to_stop())) {
      return;  // its trial stays pending
    }
    if (!worker.has_started() && end.signal == 0) {
      throw_cannot_start(worker, end);
    }
    Record record = loss_of(worker, end);
    record.trial = worker.trial();
    record.peak_memory = end.peak_memory;
    finish(keep(record));
  }

  // A scheduler ends all processes of a job at once, so that a worker's end may be seen first.
  bool is_told_to_stop() const {
    pollfd file{signals_.file(), POLLIN, 0};
    return ::poll(&file, 1, kTickMilliseconds) == 1;
  }

  Record loss_of(const SweepWorker& worker, const ProcessEnd& end) const {
    if (worker.is_timed_out()) {
      Record record = failure("timeout", "timed out");
      record.error_text = "took longer than --timeout, " + seconds_text(options_.timeout);
      return record;
    }
    return failure(end.signal != 0 ? "signal" : "lost", "worker " + end.text());
  }

  void finish(const JournalEntry& entry) {
    const Record& record = entry.record;
    worker_memory_.add(record);
    if (may_be_bad_luck(record) && failed_attempts_[record.trial]++ < options_.retries) {
      observer_.attempt_failed(entry);
      queue_.put_back(record.trial);
      return;
    }
    observer_.finished(entry);
    fail_all(queue_.finish(record.trial, record.failed), never_started_after(record));
  }

  void fail_all(const std::vector<std::string>& trials, Record record) {
    for (const std::string& trial : trials) {
      record.trial = trial;
      observer_.finished(keep(record));
    }
  }

  static Record failure(const std::string& kind, const std::string& reason) {
    Record record;
    record.failed = true;
    record.error_kind = kind;
    record.error = record.error_text = reason;
    record.host = host_name();
    return record;
  }

  static Record never_started_after(const Record& float_failure) {
    Record record =
        failure(float_failure.error_kind, "the float trial failed: " + float_failure.error);
    record.error_text = "the float trial failed: " + float_failure.error_text;
    record.started = false;
    return record;
  }

  JournalEntry keep(const Record& record) { return journal_.append(record); }

  SweepEnd stop(int signal) {
    observer_.stopping(signal);
    is_stopping_ = true;
    for (const auto& worker : workers_) {
      if (worker) {
        worker->kill(SIGTERM);
        worker->finish();
      }
    }
    SweepEnd end;
    end.signal = signal;
    return await_workers(end, kStopPatience);
  }

  // Until they have ended, or long enough; the destructors kill what is left. One that cannot write
  // does not keep the others from ending well.
  SweepEnd await_workers(SweepEnd end, std::chrono::seconds patience) {
    const auto deadline = Clock::now() + patience;
    std::exception_ptr failure;
    while (is_any_left() && Clock::now() < deadline) {
      try {
        wait_for_events();
      } catch (const WriteError&) {
        failure = std::current_exception();
      }
      if (const int signal = signals_.take()) {
        end.at_once = end.signal != 0;
        end.signal = signal;
        return end;
      }
    }
    if (failure) {
      std::rethrow_exception(failure);
    }
    return end;
  }

  bool is_any_left() const {
    return std::any_of(
        workers_.begin(), workers_.end(), [](const auto& worker) { return worker != nullptr; });
  }

  const SweepOptions& options_;
  TrialQueue queue_;
  SweepObserver& observer_;
  StopSignals& signals_;
  JournalWriter journal_;  // for trials whose worker can no longer write
  std::vector<std::unique_ptr<SweepWorker>> workers_;
  std::unordered_map<std::string, int> failed_attempts_;  // by trial
  Clock::time_point start_ = Clock::now();
  bool is_stopping_ = false;
  WorkerMemory worker_memory_;
  std::ptrdiff_t told_limit_ = 0;
};

}  // namespace

SweepEnd run_sweep(const SweepOptions& options,
                   TrialQueue queue,
                   SweepObserver& observer,
                   StopSignals& signals) {
  return Sweep(options, std::move(queue), observer, signals).run();
}

}  // namespace qsweep
