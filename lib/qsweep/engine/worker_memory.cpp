#include "qsweep/engine/worker_memory.hpp"

#include <algorithm>

namespace qsweep {

WorkerMemory::WorkerMemory(const FrozenPlan& plan,
                           const std::vector<FrozenTrial>& to_run,
                           const Journal& journal) {
  for (const FrozenTrial& trial : plan.trials) {
    expected_[trial.id] = trial.cost.memory;
  }
  for (const FrozenTrial& trial : to_run) {
    largest_ = std::max(largest_, trial.cost.memory);
  }
  for (const auto& [trial, entry] : journal.entries) {
    add(entry.record);
  }
}

void WorkerMemory::add(const Record& record) {
  if (record.peak_memory == 0) {
    return;  // it never started, or its end was not seen
  }
  taken_ = std::max(taken_, record.peak_memory - record.shared_memory);
  const auto expected = expected_.find(record.trial);
  if (!record.failed && expected != expected_.end()) {
    largest_seen_ = std::max(largest_seen_, expected->second);
  }
}

int64_t WorkerMemory::bytes() const {
  if (largest_seen_ >= largest_) {
    return taken_;
  }
  const double excess =
      largest_seen_ == 0 ? 1 : static_cast<double>(taken_) / static_cast<double>(largest_seen_);
  return std::max(taken_,
                  static_cast<int64_t>(std::max(1.0, excess) * static_cast<double>(largest_)));
}

}  // namespace qsweep
