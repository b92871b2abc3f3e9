#pragma once

#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/engine/selection.hpp"

#include <chrono>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "asking_pace.hpp"
#include "session_observer.hpp"

namespace qsweep {

/// Tells of trials as a run's journal gets their records, until they have results or the jobs have
/// ended. How often the scheduler is asked says AskingPace.
class JobFollower {
 public:
  /// `journal` has been read as far as the results go.
  JobFollower(const Engine& engine, std::vector<Job> jobs, JournalFollower& journal, int retries);

  /// Until a signal comes, at the latest.
  SweepEnd follow(const Selection& selection, Results& results, SweepObserver& observer);
  const std::vector<LiveElement>& live() const { return live_; }

 private:
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
  AskingPace pace_{std::chrono::seconds(1)};
  bool is_silent_ = false;  // the scheduler did not answer last time
};

}  // namespace qsweep
