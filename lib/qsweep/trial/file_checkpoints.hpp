#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/train/checkpoints.hpp"
#include "qsweep/trial/worker_signals.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// The checkpoints of one training in a file, each in place of the one before. One is made at the
/// end of each epoch, unless writing would take more than a fiftieth of the time; within an epoch
/// after five minutes; and at once when the worker is asked to stop.
class FileCheckpoints : public Checkpoints {
 public:
  /// Reads what `path` has. It counts if it is whole and was made for the same `key`, whatever the
  /// results depend on; else the log says why not. `name` is the training's, for the log.
  FileCheckpoints(std::string path,
                  const Json& key,
                  std::string name,
                  const WorkerSignals& signals);

  std::optional<TrainingState> take_last() override;
  bool is_due(Moment moment) override;
  /// Throws TrialStopped, once it is kept, if the worker was asked to stop; else WriteError.
  void keep(const TrainingState& state) override;

  /// Numbers that are kept with each checkpoint: as they were in the last one, or as they are set.
  std::vector<double>& numbers() { return numbers_; }
  /// Complete ones in the last checkpoint; 0 without one.
  int epochs() const { return epochs_; }

 private:
  using Clock = std::chrono::steady_clock;

  void read();

  std::string path_;
  std::string key_;
  std::string name_;
  const WorkerSignals& signals_;
  std::optional<TrainingState> last_;
  std::vector<double> numbers_;
  int epochs_ = 0;
  bool stopping_ = false;
  Clock::time_point kept_at_ = Clock::now();
  Clock::duration cost_{0};  // of the last one
};

/// Once the training's result is kept: the file, and what kills left of one half written.
void remove_checkpoint(const std::string& path);

}  // namespace qsweep
