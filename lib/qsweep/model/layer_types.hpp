#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// The types that a layer can have, and so a rule can name: everything that computes. They are
/// PyTorch's module names, or, for ops that are no modules, the op's in the same spelling.
const std::vector<std::string>& layer_types();

/// The types that only move data. They are no layers; a rule that names one is an error.
const std::vector<std::string>& moving_types();

}  // namespace qsweep
