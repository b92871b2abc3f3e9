#pragma once

#include "qsweep/config/node.hpp"

#include <string>

namespace qsweep {

/// `keep` of a parsed file: none, best or last, the epoch whose weights trials leave. It changes no
/// number, so it is of the run and not of its rows. Throws ConfigError for anything else.
std::string read_keep(const Node& file);

}  // namespace qsweep
