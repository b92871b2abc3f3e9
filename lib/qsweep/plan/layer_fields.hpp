#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/site_classes.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

/// What the rules of a policy say together for one kind of site of a layer, as they write it.
struct LayerField {
  std::string quantizer;                                        // or `float`
  std::vector<std::pair<std::string, std::string>> parameters;  // {"bits", "$w"}
  std::vector<Place> rules;  // that it comes from, in order; the last decided
};

/// By SiteKind; nothing where no rule speaks of it. The inputs of a layer all get the same.
using LayerFields = std::array<std::optional<LayerField>, 3>;

/// What each layer of a network gets from a policy. Parameters may be variables; a variable that
/// selects layers or names a quantizer is a ConfigError, and so is what plan would refuse in a
/// field without variables.
std::vector<LayerFields> layer_fields(const Node& policy,
                                      const Network& network,
                                      const Catalog& catalog);

}  // namespace qsweep
