#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// One line of a CSV file with its newline; quoted as RFC 4180 has it, where that is needed.
std::string csv_line(const std::vector<std::string>& fields);

/// The lines of a CSV file, its header first; as many fields in each. Lines may end with CR LF, and
/// empty ones do not count. Throws IoError, which calls the file `name`.
std::vector<std::vector<std::string>> read_csv(const std::string& name, const std::string& text);

}  // namespace qsweep
