#pragma once

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

bool contains(const std::vector<std::string>& names, const std::string& name);

/// The known name that a misspelt one most likely meant: the smallest edit distance (insert,
/// delete, replace, swap of neighbours; case ignored), if that is at most a third of the length. A
/// name of three letters and more that is cut short meant the first that begins with it.
std::optional<std::string> nearest_name(const std::string& name,
                                        const std::vector<std::string>& known);

/// "unknown <kind> '<name>'; did you mean '<nearest>'?", or, with nothing near,
/// "unknown <kind> '<name>'; known are a, b, c".
std::string unknown_name(const std::string& kind,
                         const std::string& name,
                         const std::vector<std::string>& known);

}  // namespace qsweep
