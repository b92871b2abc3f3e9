#pragma once

#include "qsweep/config/node.hpp"

#include <cstddef>
#include <vector>

namespace qsweep {

/// Deals with what shows only when a map ends and all of its keys are known: throws a ConfigError
/// at a duplicate key, and replaces each entry of `merges`, a `<<`, by the keys that it adds.
void finish_map(Node& map, const std::vector<size_t>& merges);

}  // namespace qsweep
