#pragma once

#include <string>

namespace qsweep {

/// Of this machine.
std::string host_name();

}  // namespace qsweep
