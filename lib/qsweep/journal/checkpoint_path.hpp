#pragma once

#include <string>

namespace qsweep {

/// Where a trial that is being fine-tuned keeps how far it has come, until it has a result.
inline std::string checkpoint_path(const std::string& run_directory, const std::string& trial) {
  return run_directory + "/trials/" + trial + "/checkpoint.pt";
}

}  // namespace qsweep
