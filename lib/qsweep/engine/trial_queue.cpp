#include "qsweep/engine/trial_queue.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

bool comes_before(const FrozenTrial* a, const FrozenTrial* b) {
  return a->is_float() != b->is_float() ? a->is_float() : a->cost.trial_macs > b->cost.trial_macs;
}

}  // namespace

TrialQueue::TrialQueue(const std::vector<FrozenTrial>& to_run,
                       const std::function<bool(const std::string& trial)>& has_result) {
  std::vector<const FrozenTrial*> trials;
  for (const FrozenTrial& trial : to_run) {
    trials.push_back(&trial);
  }
  std::stable_sort(trials.begin(), trials.end(), comes_before);
  for (const FrozenTrial* trial : trials) {
    ranks_[trial->id] = ++last_rank_;
    add(*trial, has_result);
  }
}

void TrialQueue::add(const FrozenTrial& trial,
                     const std::function<bool(const std::string& trial)>& has_result) {
  if (trial.is_float()) {
    make_ready(trial.id);
    waiting_[trial.id];
    return;
  }
  const auto float_trial = waiting_.find(trial.float_trial);
  if (float_trial != waiting_.end()) {
    float_trial->second.push_back(trial.id);
  } else if (has_result(trial.float_trial)) {
    make_ready(trial.id);
  } else {
    hopeless_.push_back(trial.id);
  }
}

void TrialQueue::make_ready(const std::string& trial) {
  ready_.emplace(ranks_.at(trial), trial);
}

std::optional<std::string> TrialQueue::next() {
  if (ready_.empty()) {
    return std::nullopt;
  }
  std::string trial = std::move(ready_.begin()->second);
  ready_.erase(ready_.begin());
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
  for (const std::string& dependent : dependents) {
    make_ready(dependent);
  }
  return {};
}

void TrialQueue::put_back(const std::string& trial) {
  if (waiting_.count(trial) == 0) {
    ranks_[trial] = ++last_rank_;
  }
  make_ready(trial);
}

}  // namespace qsweep
