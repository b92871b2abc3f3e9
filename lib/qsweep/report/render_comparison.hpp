#pragma once

#include "qsweep/report/comparison.hpp"
#include "qsweep/report/render.hpp"

#include <string>

namespace qsweep {

/// A comparison as a table with what one must know to read it; as CSV a line per row; as JSON an
/// object with the two runs, the counts of verdicts, and all rows.
std::string render(const Comparison& comparison, ReportFormat format);

}  // namespace qsweep
