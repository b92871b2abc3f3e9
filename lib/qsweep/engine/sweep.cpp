#include "qsweep/engine/sweep.hpp"

#include "qsweep/core/error.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace qsweep {
namespace {

constexpr int kTickMilliseconds = 200;
constexpr std::chrono::seconds kPatience{5};  // with workers that were asked to end

std::string host_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
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
        journal_(journal_path(options.run_directory, "qsweep")),
        workers_(static_cast<size_t>(std::max(1, options.workers))) {}

  SweepEnd run() {
    fail_all(queue_.hopeless(), failure("error", "the float trial failed earlier"));
    while (start_trials()) {
      wait_for_events();
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
    return await_workers({});
  }

 private:
  // Is anything running?
  bool start_trials() {
    bool running = false;
    for (size_t i = 0; i < workers_.size(); ++i) {
      auto& worker = workers_[i];
      if ((!worker || worker->is_idle()) && queue_.has_next()) {
        if (!worker) {
          worker = std::make_unique<SweepWorker>(command_of(i));
        }
        const std::string trial = *queue_.next();
        observer_.started(trial);
        worker->run(trial);
      }
      running = running || (worker && !worker->is_idle());
    }
    return running;
  }

  WorkerCommand command_of(size_t i) const {
    return {options_.program,
            options_.run_directory,
            options_.cache_directory,
            "w" + std::to_string(i + 1),
            options_.devices[i % options_.devices.size()],
            options_.threads};
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

  void listen_to(std::unique_ptr<SweepWorker>& worker) {
    const auto entry = worker->read_output(
        [&](const std::string& trial, const TrialStage& stage) { observer_.stage(trial, stage); });
    if (entry) {
      finish(*entry);
    }
    if (!worker->is_open()) {
      bury(*worker);
      worker.reset();
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
    if (!worker.has_started() && end.signal == 0) {
      throw_cannot_start(worker, end);
    }
    Record record = failure(end.signal != 0 ? "signal" : "lost", "worker " + end.text());
    record.trial = worker.trial();
    finish(keep(record));
  }

  void finish(const JournalEntry& entry) {
    const Record& record = entry.record;
    observer_.finished(entry);
    Record follower = failure(record.error_kind, "the float trial failed: " + record.error);
    follower.error_text = "the float trial failed: " + record.error_text;
    fail_all(queue_.finish(record.trial, record.failed), follower);
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

  JournalEntry keep(const Record& record) { return journal_.append(record); }

  SweepEnd stop(int signal) {
    for (const auto& worker : workers_) {
      if (worker) {
        worker->kill(SIGTERM);
      }
    }
    return await_workers({signal, false});
  }

  // Until they have ended, or long enough; the destructors kill what is left.
  SweepEnd await_workers(SweepEnd end) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (is_any_open() && std::chrono::steady_clock::now() < deadline) {
      drain();
      if (const int signal = signals_.take()) {
        return {signal, end.signal != 0};
      }
    }
    return end;
  }

  bool is_any_open() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) {
      return worker && worker->is_open();
    });
  }

  // A trial may still have ended between the signal and the worker's end.
  void drain() {
    std::vector<pollfd> files{{signals_.file(), POLLIN, 0}};
    for (const auto& worker : workers_) {
      files.push_back({worker && worker->is_open() ? worker->output() : -1, POLLIN, 0});
    }
    ::poll(files.data(), files.size(), kTickMilliseconds);
    for (size_t i = 0; i < workers_.size(); ++i) {
      if (files[i + 1].revents != 0) {
        const auto entry = workers_[i]->read_output([](const auto&, const auto&) {});
        if (entry) {
          finish(*entry);
        }
      }
    }
  }

  const SweepOptions& options_;
  TrialQueue queue_;
  SweepObserver& observer_;
  StopSignals& signals_;
  JournalWriter journal_;  // for trials whose worker can no longer write
  std::vector<std::unique_ptr<SweepWorker>> workers_;
};

}  // namespace

SweepEnd run_sweep(const SweepOptions& options,
                   TrialQueue queue,
                   SweepObserver& observer,
                   StopSignals& signals) {
  return Sweep(options, std::move(queue), observer, signals).run();
}

}  // namespace qsweep
