#pragma once

#include "qsweep/engine/cluster/job_status.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "asking_pace.hpp"

namespace qsweep {

/// A run's jobs as a bystander sees them: from the run's folder, and, where a scheduler answers,
/// from that. It needs no experiment file.
class JobWatch {
 public:
  explicit JobWatch(std::string run_directory) : run_directory_(std::move(run_directory)) {}

  /// Reads which jobs there are, and asks schedulers if it is time. One that does not answer is
  /// warned of once.
  void update();
  /// For a bystander: is anything known to wait or run?
  bool is_any_live() const { return live_ && !live_->empty(); }
  std::vector<JobStatus> status(const Results& results) const;

 private:
  void ask();

  std::string run_directory_;
  std::vector<Job> jobs_;
  std::optional<std::vector<LiveElement>> live_;  // as it was told last
  AskingPace pace_{std::chrono::seconds(0)};
  bool is_silent_ = false;
};

}  // namespace qsweep
