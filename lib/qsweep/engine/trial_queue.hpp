#pragma once

#include "qsweep/journal/run_folder.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace qsweep {

/// Which trial comes next. A trial starts only after the float trial that it is compared with has a
/// result, so that workers share what the float trial leaves; float trials come first.
class TrialQueue {
 public:
  /// The trials to run, in the plan's order. `has_result` tells of those that are not among them.
  TrialQueue(const std::vector<FrozenTrial>& to_run,
             const std::function<bool(const std::string& trial)>& has_result);

  /// A trial that can start now. Nothing: none is left, or all that are left wait.
  std::optional<std::string> next();
  bool has_next() const { return !ready_.empty(); }

  /// Takes note of a trial that next() gave. Of a float trial that failed: the trials that
  /// therefore never start.
  std::vector<std::string> finish(const std::string& trial, bool failed);

  /// Trials whose float trial failed earlier and is not to be run again.
  const std::vector<std::string>& hopeless() const { return hopeless_; }

 private:
  std::deque<std::string> ready_;
  std::unordered_map<std::string, std::vector<std::string>> waiting_;  // by float trial
  std::vector<std::string> hopeless_;
};

}  // namespace qsweep
