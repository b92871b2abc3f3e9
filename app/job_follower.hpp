#pragma once

#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/engine/selection.hpp"

#include <chrono>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "session_observer.hpp"

namespace qsweep {

/// Tells of trials as a run's journal gets their records, until they have results or the jobs have
/// ended. The scheduler is asked the less often the longer it takes: every tenth of the time so
/// far, and at least twice a minute.
class JobFollower {
 public:
  /// `journal` has been read as far as the results go.
  JobFollower(const Engine& engine, std::vector<Job> jobs, JournalFollower& journal, int retries);

  /// Until a signal comes, at the latest.
  SweepEnd follow(const Selection& selection, Results& results, SweepObserver& observer);
  const std::vector<LiveElement>& live() const { return live_; }

 private:
  using Clock = std::chrono::steady_clock;

  void tell_new(Results& results, SweepObserver& observer);
  bool have_jobs_ended();
  void ask();

  const Engine& engine_;
  std::vector<Job> jobs_;
  JournalFollower& journal_;
  int retries_;
  std::map<std::string, int> failed_attempts_;  // by trial
  std::unordered_set<std::string> followed_;    // trials that have not been told of
  std::vector<LiveElement> live_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_question_ = start_ + std::chrono::seconds(1);
  bool is_silent_ = false;  // the scheduler did not answer last time
};

}  // namespace qsweep
