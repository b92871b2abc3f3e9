#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// The metrics that gates compare.
extern const std::vector<std::string> kGateMetrics;

/// Is what a gate compares with a path, that of a baseline? It has a slash or ends in .csv; anything
/// else is a word.
bool is_baseline_path(const std::string& vs);

}  // namespace qsweep
