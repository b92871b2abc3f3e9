#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// The columns that results.csv and timings.csv have beside those of variables, and what else
/// reports call by name: no variable can have such a name.
const std::vector<std::string>& column_names();

}  // namespace qsweep
