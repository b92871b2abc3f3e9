#pragma once

#include "qsweep/report/results.hpp"

#include <string>
#include <vector>

namespace qsweep {

enum class ReportFormat { Text, Markdown, Csv, JsonArray, Latex };

/// Runs as one text. As CSV and JSON: all rows of all runs, the variables of all of them together.
std::string render(const std::vector<Results>& runs, ReportFormat format);

/// The table of one run and what one must know to read it: what was evaluated, what failed, how
/// much is missing.
std::string render_table(const Results& results);

}  // namespace qsweep
