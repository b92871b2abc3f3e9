#pragma once

#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/run_folder.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace qsweep {

/// How many bytes a worker takes at most, beside the files that processes share: what one took for
/// a trial as large as any that is to run; before there is such a one, what the plan expects of the
/// largest (Cost::memory), more where the plan expected too little so far.
class WorkerMemory {
 public:
  WorkerMemory() = default;
  /// What the journal tells of the plan's trials counts as seen.
  WorkerMemory(const FrozenPlan& plan,
               const std::vector<FrozenTrial>& to_run,
               const Journal& journal);

  /// An attempt at a trial ended.
  void add(const Record& record);
  int64_t bytes() const;  // 0: not known
  /// Did a worker take so much? Else it is expected.
  bool is_seen() const { return bytes() == taken_; }

 private:
  std::unordered_map<std::string, int64_t> expected_;  // by trial
  int64_t largest_ = 0;                                // that is expected of a trial to run
  int64_t largest_seen_ = 0;                           // that was expected of a trial that is done
  int64_t taken_ = 0;                                  // the most that a worker took
};

}  // namespace qsweep
