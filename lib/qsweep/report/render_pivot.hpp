#pragma once

#include "qsweep/report/pivot.hpp"
#include "qsweep/report/render.hpp"

#include <string>

namespace qsweep {

/// A pivot as a table with what one must know to read it, as LaTeX, as CSV, or as JSON. A cell of
/// several trials has their mean and deviation: in CSV in columns of their own, "w=8 sd" and "w=8
/// n".
std::string render(const Pivot& pivot, ReportFormat format);

}  // namespace qsweep
