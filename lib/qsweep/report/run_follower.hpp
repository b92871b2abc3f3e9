#pragma once

#include "qsweep/report/results.hpp"

#include <filesystem>
#include <string>

namespace qsweep {

/// All that a follower has to tell, as one.
Journal journal_so_far(JournalFollower& follower);

/// A run that another process may be running.
class RunFollower {
 public:
  /// Throws IoError if there is no run in that folder.
  explicit RunFollower(std::string run_directory);

  const Results& results() const { return results_; }
  /// Takes up what the journal got since; everything anew where the run was planned anew.
  void update();

 private:
  std::filesystem::file_time_type plan_time() const;

  std::string run_directory_;
  std::filesystem::file_time_type planned_at_;
  JournalFollower journal_;
  Results results_;
};

}  // namespace qsweep
