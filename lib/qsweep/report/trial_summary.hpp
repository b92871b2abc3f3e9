#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/report/results.hpp"

#include <string>

namespace qsweep {

/// The trial that is meant: its id, or the beginning of it. Throws ConfigError that names the
/// nearest, or all that begin so.
std::string find_trial(const FrozenPlan& plan, const std::string& start);

/// Everything about one trial: {"trial", "experiment", "rows" (names), "float_trial", "status",
/// "results" (the first row's columns; null while pending), "attempts", "timings", "settings",
/// "groups", "model", "key" (what its identity is the hash of), "files", "log"}.
Json trial_summary(const std::string& run_directory, const Results& results, const std::string& id);

/// The same to be read; the columns as results.csv writes them.
std::string trial_text(const Json& summary, const Results& results);

}  // namespace qsweep
