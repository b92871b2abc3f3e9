#pragma once

#include "qsweep/engine/sweep.hpp"
#include "qsweep/report/results.hpp"

#include <chrono>
#include <map>
#include <string>

#include "event_file.hpp"
#include "progress.hpp"

namespace qsweep {

/// Takes a sweep's results up as they come, shows them, tells them to whoever follows the events,
/// and keeps results.csv and timings.csv up to date, without spending much of the sweep's time on
/// it.
class SessionObserver : public SweepObserver {
 public:
  /// `events` may be null.
  SessionObserver(const std::string& run_directory,
                  Results& results,
                  Progress& progress,
                  EventFile* events)
      : run_directory_(run_directory), results_(results), progress_(progress), events_(events) {}

  void started(const std::string& trial) override;
  void stage(const std::string& trial, const TrialStage& stage) override;
  void finished(const JournalEntry& entry) override;
  void attempt_failed(const JournalEntry& entry) override;
  void limited(const MemoryLimit& limit) override;
  void stopping(int signal) override;
  void tick() override;

 private:
  using Clock = std::chrono::steady_clock;

  void tell(const std::string& event, const std::string& trial, Json more);
  void write_files();

  const std::string& run_directory_;
  Results& results_;
  Progress& progress_;
  EventFile* events_;
  std::map<std::string, int> attempts_;  // by trial
  Clock::time_point next_write_ = Clock::now();
};

}  // namespace qsweep
