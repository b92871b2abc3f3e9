#pragma once

#include "qsweep/plan/plan.hpp"

namespace qsweep {

/// Does the gate check that row of the plan? One against float checks no float row.
bool is_checked(const Gate& gate, const Plan& plan, const Row& row);

}  // namespace qsweep
