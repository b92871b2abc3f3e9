#include "job_follower.hpp"

#include <algorithm>
#include <poll.h>
#include <utility>

#include "log.hpp"

namespace qsweep {
namespace {

constexpr int kTickMilliseconds = 200;

bool has_result(const std::string& trial, const Results& results) {
  const Record* record = results.journal().find(trial);
  return record != nullptr && !record->failed;
}

// "3 PENDING, 1 RUNNING"
std::string states_of(const std::vector<LiveElement>& live) {
  std::map<std::string, size_t> counts;
  for (const LiveElement& element : live) {
    ++counts[element.state];
  }
  std::string text;
  for (const auto& [state, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + state;
  }
  return text;
}

}  // namespace

JobFollower::JobFollower(const Engine& engine,
                         std::vector<Job> jobs,
                         JournalFollower& journal,
                         int retries)
    : engine_(engine), jobs_(std::move(jobs)), journal_(journal), retries_(retries) {}

SweepEnd JobFollower::follow(const Selection& selection,
                             Results& results,
                             SweepObserver& observer) {
  std::vector<std::string> trials;
  for (const uint32_t number : selection.to_run) {
    trials.push_back(results.plan().trials[number].id);
  }
  followed_.insert(trials.begin(), trials.end());
  StopSignals signals;
  SweepEnd end;
  while (true) {
    const bool ended = have_jobs_ended();  // asked first, so that all they wrote is read
    tell_new(results, observer);
    const bool complete = std::all_of(trials.begin(), trials.end(), [&results](const auto& trial) {
      return has_result(trial, results);
    });
    if (ended || complete) {
      return end;
    }
    observer.tick();
    pollfd file{signals.file(), POLLIN, 0};
    ::poll(&file, 1, kTickMilliseconds);
    if ((end.signal = signals.take()) != 0) {
      return end;
    }
  }
}

void JobFollower::tell_new(Results& results, SweepObserver& observer) {
  for (const JournalEntry& entry : journal_.read_new()) {
    const Record& record = entry.record;
    if (followed_.count(record.trial) == 0) {
      results.add(entry);
    } else if (may_be_bad_luck(record) && failed_attempts_[record.trial]++ < retries_) {
      observer.attempt_failed(entry);
    } else {
      followed_.erase(record.trial);
      observer.finished(entry);
    }
  }
}

bool JobFollower::have_jobs_ended() {
  if (!pace_.is_due()) {
    return false;
  }
  ask();
  return !is_silent_ && live_.empty();
}

void JobFollower::ask() {
  try {
    live_ = live_of(jobs_, engine_.live());
    is_silent_ = false;
    log_debug("jobs: " + states_of(live_));
  } catch (const IoError& reason) {
    if (!is_silent_) {
      log_warning(std::string("warning: ") + reason.what() + "; it is asked again");
    }
    is_silent_ = true;
  }
}

}  // namespace qsweep
