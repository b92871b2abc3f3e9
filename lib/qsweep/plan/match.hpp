#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/layer.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// Does the whole text fit the pattern? `*` stands for any run of characters, dots included, `?`
/// for any one.
bool glob_matches(const std::string& pattern, const std::string& text);

/// Is this layer one that a rule selects?
bool selects(const Selector& selector,
             const std::vector<Layer>& layers,
             const Positions& positions,
             size_t layer);

/// Is the output of a layer that a rule selects one that the rule may quantize? Not if it is among
/// the logits and was selected by `type: "*"` alone.
bool reaches_output(const Selector& selector,
                    const std::vector<Layer>& layers,
                    const Positions& positions,
                    size_t layer);

}  // namespace qsweep
