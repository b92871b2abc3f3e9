#pragma once

#include "qsweep/engine/control_groups.hpp"

#include <cstdint>

namespace qsweep {

/// How many bytes processes of this one can still have before the machine or a control group that
/// it is in has no more: what Linux calls available, caches that can be dropped included. 0 where
/// nothing tells.
int64_t free_memory(const MachineFiles& files = {});

}  // namespace qsweep
