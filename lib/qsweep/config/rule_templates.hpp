#pragma once

#include "qsweep/config/experiment.hpp"

#include <vector>

namespace qsweep {

/// Checks a policy that may hold variables: everything but the values that are left open.
void check_policy_template(const Node& policy, const Catalog& catalog);

/// Reads `weight`, `output` or `input` of a rule. Values that are variables are left out.
FieldRule read_field(const Node& field, const std::string& name, const Catalog& catalog);

}  // namespace qsweep
