#pragma once

#include "qsweep/core/error.hpp"
#include "qsweep/engine/sweep.hpp"
#include "qsweep/journal/run_meta.hpp"
#include "qsweep/report/results.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// "cuda:0,1" is one device for each number.
std::vector<std::string> devices_of(const std::string& option);

/// What a sweep of these trials needs that their run's folder and this machine say: devices,
/// threads, memory, float trials that failed.
SweepOptions sweep_options(const std::string& run_directory,
                           const RunMeta& meta,
                           const Results& results,
                           const std::vector<FrozenTrial>& to_run);

TrialQueue queue_of(const std::vector<FrozenTrial>& to_run, const Results& results);

/// The exit code of a sweep that a signal ended.
ExitCode exit_code_of_signal(const SweepEnd& end);

}  // namespace qsweep
