#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/journal/run_folder.hpp"

#include <vector>

namespace qsweep {

/// The plan's gates with the rows that they match, which are the same for as long as the plan.
std::vector<FrozenGate> freeze_gates(const Plan& plan);

void to_json(Json& json, const FrozenGate& gate);
void from_json(const Json& json, FrozenGate& gate);

}  // namespace qsweep
