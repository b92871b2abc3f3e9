#pragma once

#include "qsweep/plan/plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// What a row has under a name: model, policy, data, or one of the plan's variables. Nothing if it
/// is none of these.
std::optional<std::string> value_of(const Row& row,
                                    const std::vector<std::string>& variables,
                                    const std::string& name);

/// A text as a number, if all of it is one.
std::optional<double> as_number(const std::string& text);

/// Numbers are equal as numbers ("4" and "4.0"), anything else as written.
bool same_value(const std::string& a, const std::string& b);

}  // namespace qsweep
