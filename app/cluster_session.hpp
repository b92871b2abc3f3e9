#pragma once

#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/engine/selection.hpp"
#include "qsweep/journal/run_meta.hpp"
#include "qsweep/report/run_follower.hpp"

#include <memory>
#include <string>
#include <vector>

#include "event_file.hpp"
#include "run_session.hpp"

namespace qsweep {

/// A run whose trials are run by a scheduler: what is left is submitted, and followed.
class ClusterSession {
 public:
  /// Asks what still waits or runs of the run's earlier jobs. Throws ConfigError, IoError.
  ClusterSession(const PlannedRun& run, const RunArguments& arguments, const RunMeta& meta);

  /// The run as its folder tells it now; what comes later is told by run().
  Results load();

  /// Submits what no living job is about; or prints it. Follows until all has ended, unless it was
  /// only printed or detached. `results` is what load() gave.
  SweepEnd run(const Selection& selection, Results& results, EventFile* events);

 private:
  std::vector<FrozenTrial> left_of(const Selection& selection, const Results& results) const;
  void submit(const std::vector<FrozenTrial>& trials);
  SlicedRun sliced(const std::vector<FrozenTrial>& trials) const;
  SweepEnd follow(const Selection& selection, Results& results, EventFile* events);

  const PlannedRun& run_;
  const RunArguments& arguments_;
  const RunMeta& meta_;
  std::unique_ptr<Engine> engine_;
  JournalFollower journal_;
  std::vector<Job> jobs_;  // of this engine
  std::vector<LiveElement> live_;
};

/// Throws RunBusy if jobs of the run still wait or run, which a run on this machine would compute
/// a second time. An engine that does not answer is warned of.
void check_no_live_jobs(const PlannedRun& run);

}  // namespace qsweep
