#pragma once

#include "qsweep/report/aligned_table.hpp"
#include "qsweep/report/results.hpp"

namespace qsweep {

/// A run as one table to paste into a paper or a chat: a line per model and policy, a column per
/// choice of the variables, top-1 with its change against float. Where that is too wide, or a cell
/// would hold several rows, a line per row instead.
AlignedTable models_by_bits(const Results& results);

}  // namespace qsweep
