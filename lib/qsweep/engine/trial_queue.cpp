#include "qsweep/engine/trial_queue.hpp"

#include <utility>

namespace qsweep {

TrialQueue::TrialQueue(const std::vector<FrozenTrial>& to_run,
                       const std::function<bool(const std::string& trial)>& has_result) {
  for (const FrozenTrial& trial : to_run) {
    if (trial.is_float()) {
      ready_.push_back(trial.id);
      waiting_[trial.id];
    }
  }
  for (const FrozenTrial& trial : to_run) {
    if (trial.is_float()) {
      continue;
    }
    const auto float_trial = waiting_.find(trial.float_trial);
    if (float_trial != waiting_.end()) {
      float_trial->second.push_back(trial.id);
    } else if (has_result(trial.float_trial)) {
      ready_.push_back(trial.id);
    } else {
      hopeless_.push_back(trial.id);
    }
  }
}

std::optional<std::string> TrialQueue::next() {
  if (ready_.empty()) {
    return std::nullopt;
  }
  std::string trial = std::move(ready_.front());
  ready_.pop_front();
  return trial;
}

std::vector<std::string> TrialQueue::finish(const std::string& trial, bool failed) {
  const auto found = waiting_.find(trial);
  if (found == waiting_.end()) {
    return {};
  }
  std::vector<std::string> dependents = std::move(found->second);
  waiting_.erase(found);
  if (failed) {
    return dependents;
  }
  ready_.insert(ready_.end(), dependents.begin(), dependents.end());
  return {};
}

}  // namespace qsweep
