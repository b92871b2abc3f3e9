#pragma once

#include <string>

namespace qsweep {

/// "1 row", "2 rows".
template <class Count>
std::string counted(Count count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace qsweep
