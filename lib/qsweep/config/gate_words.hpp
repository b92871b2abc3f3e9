#pragma once

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// The metrics that gates compare.
extern const std::vector<std::string> kGateMetrics;

/// Is it a metric of timings.csv? Such a gate says how often an evaluation is timed (`repeats`),
/// and allows a part of what it compares with: "10%".
bool is_timing_metric(const std::string& metric);

constexpr int kFewestRepeats = 3;  // a median of fewer says little
constexpr int kMostRepeats = 1000;

/// 10 of "10%", from 0 to below 100; nothing of anything else.
std::optional<double> as_percent(const std::string& text);

/// Is what a gate compares with a path, that of a baseline? It has a slash or ends in .csv;
/// anything else is a word.
bool is_baseline_path(const std::string& vs);

}  // namespace qsweep
