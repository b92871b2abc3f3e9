#pragma once

#include "qsweep/config/experiment.hpp"

#include <vector>

namespace qsweep {

/// Reads a policy that may hold variables: everything but the values that are left open.
std::vector<Rule> read_policy_template(const Node& policy, const Catalog& catalog);

/// The policy of this name in an experiment file, of which nothing else is read; it may hold
/// variables. `place` is where the name stands.
Node find_policy(const Node& file, const std::string& name, const Place& place);

/// Reads `weight`, `output` or `input` of a rule. Values that are variables are left out.
FieldRule read_field(const Node& field, const std::string& name, const Catalog& catalog);

}  // namespace qsweep
