#pragma once

#include "qsweep/report/aligned_table.hpp"

#include <string>

namespace qsweep {

/// A table as a LaTeX tabular with the rules of the package booktabs; before it `notes`, which end
/// with a newline, as comments.
std::string latex_table(const AlignedTable& table, const std::string& notes);

}  // namespace qsweep
