#pragma once

#include "qsweep/core/error.hpp"

#include <optional>
#include <string>

namespace qsweep {

/// Another qsweep runs this run; the same command works once that one has ended.
class RunBusy : public TryAgain {
 public:
  using TryAgain::TryAgain;
};

/// The right to run a run. The system takes it back when the process ends, however it ends.
class RunLock {
 public:
  /// Throws RunBusy that names the holder, or WriteError.
  explicit RunLock(const std::string& run_directory);
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock();

 private:
  int file_ = -1;
};

/// "process 123 on box" if a run is being run.
std::optional<std::string> lock_holder(const std::string& run_directory);

}  // namespace qsweep
