#pragma once

#include <vector>

namespace qsweep {

/// Corrects the p of m tests for their number (S. Holm, "A simple sequentially rejective multiple
/// test procedure", 1979): the smallest times m, the next times m - 1, and so on, none below the
/// one before it and none above 1. Where the corrected ones that are below a level count as found,
/// the chance of any false one among all m is at most that level. In the order of `p`.
std::vector<double> holm_corrected(const std::vector<double>& p);

}  // namespace qsweep
