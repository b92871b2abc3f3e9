#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// One line of a CSV file with its newline; quoted as RFC 4180 has it, where that is needed.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace qsweep
