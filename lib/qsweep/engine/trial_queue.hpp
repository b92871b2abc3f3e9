#pragma once

#include "qsweep/journal/run_folder.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace qsweep {

/// Which trial comes next. A trial starts only after the float trial that it is compared with has a
/// result, so that workers share what the float trial leaves. Float trials come first; of what can
/// start, the trial that takes longest (Cost::trial_macs), so that no long one is left for the end.
class TrialQueue {
 public:
  /// The trials to run, in the plan's order, which stays among equals. `has_result` tells of those
  /// that are not among them.
  TrialQueue(const std::vector<FrozenTrial>& to_run,
             const std::function<bool(const std::string& trial)>& has_result);

  /// A trial that can start now. Nothing: none is left, or all that are left wait.
  std::optional<std::string> next();
  bool has_next() const { return !ready_.empty(); }

  /// Takes note of a trial that next() gave. Of a float trial that failed: the trials that
  /// therefore never start.
  std::vector<std::string> finish(const std::string& trial, bool failed);
  /// Instead of finish(): the trial comes again, behind all that can start now. A float trial keeps
  /// its place, since others wait for it.
  void put_back(const std::string& trial);

  /// Trials whose float trial failed earlier and is not to be run again.
  const std::vector<std::string>& hopeless() const { return hopeless_; }

 private:
  void add(const FrozenTrial& trial,
           const std::function<bool(const std::string& trial)>& has_result);
  void make_ready(const std::string& trial);

  std::unordered_map<std::string, size_t> ranks_;  // by trial; the smallest comes first
  size_t last_rank_ = 0;
  std::map<size_t, std::string> ready_;                                // by rank
  std::unordered_map<std::string, std::vector<std::string>> waiting_;  // by float trial
  std::vector<std::string> hopeless_;
};

}  // namespace qsweep
