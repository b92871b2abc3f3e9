#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// A table as text: Markdown's pipe table with its columns lined up.
struct AlignedTable {
  std::vector<std::string> header;
  std::vector<bool> is_number;  // per column: aligned to the right
  std::vector<std::vector<std::string>> rows;

  size_t width() const;  // of a line, in characters
  std::string text() const;
};

}  // namespace qsweep
