#pragma once

#include "qsweep/config/node.hpp"

#include <string>

namespace qsweep {

/// An experiment file as YAML in which nothing depends on its surroundings any more: aliases and
/// merges are written out, `${NAME}` replaced, paths absolute (relative ones start at `directory`).
/// `x-...` keys are left out. Reading it gives the same plan.
std::string resolved_text(Node file, const std::string& directory);

}  // namespace qsweep
