#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/site_classes.hpp"

namespace qsweep {

/// A ConfigError where the tensor at a site has not what its quantizer shares scales along: no
/// channels, or fewer numbers than one group or block. `complete` has all of its parameters.
void check_fit(const FieldRule& field,
               const Catalog::Quantizer& quantizer,
               const Json& complete,
               const Network& network,
               const Site& site);

}  // namespace qsweep
