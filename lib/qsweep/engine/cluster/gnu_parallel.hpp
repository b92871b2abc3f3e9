#pragma once

#include "qsweep/engine/cluster/engine.hpp"

namespace qsweep {

/// GNU parallel, printed only: on this machine, or on those of an ssh login file.
EngineType gnu_parallel_type();

}  // namespace qsweep
