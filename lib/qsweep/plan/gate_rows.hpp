#pragma once

#include "qsweep/plan/plan.hpp"

#include <string>

namespace qsweep {

/// Can that row be compared with what such a gate is about? With `float`, float rows cannot.
bool is_comparable(const Row& row, const std::string& vs);

/// Does the gate check that row of the plan?
bool is_checked(const Gate& gate, const Plan& plan, const Row& row);

}  // namespace qsweep
