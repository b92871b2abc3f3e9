#pragma once

#include "qsweep/engine/control_groups.hpp"

namespace qsweep {

/// How many processors this process may keep busy: those that it may run on, or the share of time
/// that its control groups leave it, a started one counted whole.
int processor_count();

/// The same where it may run on so many.
int processor_count(int allowed, const MachineFiles& files);

}  // namespace qsweep
