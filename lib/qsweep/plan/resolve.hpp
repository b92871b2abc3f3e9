#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/site_classes.hpp"
#include "qsweep/plan/trial.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A policy without `$`.
struct NamedPolicy {
  std::string name;
  std::vector<Rule> rules;
};

/// What a policy gives the sites of one network: by quantizer and the rule that decided, in the
/// order of their first sites. Sites that stay in float are left out. Throws ConfigError at the
/// field that asks for what its quantizer cannot do.
std::vector<SiteGroup> resolve(const NamedPolicy& policy,
                               const std::vector<SiteClass>& classes,
                               const Calibration& calibrate,
                               const Catalog& catalog);

/// Does any of these need ranges that are observed on images? Weights never do.
bool needs_calibration(const std::vector<SiteGroup>& groups, const Network& network);

}  // namespace qsweep
