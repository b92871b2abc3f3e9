#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/model/model.hpp"
#include "qsweep/trial/worker_signals.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace qsweep {

/// Results of stages that trials share, one file each, named by a hash of what they depend on. Of
/// several workers that want the same one, one computes it and the others wait.
class StageStore {
 public:
  explicit StageStore(std::string directory, WorkerSignals signals = {});

  /// The kept tensors for this key, or what `make` returns, which is kept. A damaged file is made
  /// again. Throws WriteError if nothing can be kept, TrialStopped if the worker was asked to stop
  /// while it waited.
  NamedTensors get(const Json& key, const std::function<NamedTensors()>& make);

  /// Where the tensors of a key are kept.
  std::string path_of(const Json& key) const;

  /// For others, in all.
  std::chrono::duration<double> waited() const { return waited_; }

 private:
  std::string directory_;
  WorkerSignals signals_;
  std::chrono::duration<double> waited_{0};
};

}  // namespace qsweep
