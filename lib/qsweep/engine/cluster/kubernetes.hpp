#pragma once

#include "qsweep/engine/cluster/engine.hpp"

namespace qsweep {

/// Kubernetes, printed only: an Indexed Job, whose pods each run one slice. Those of float trials
/// have the lowest indexes and so start first; a pod that comes too early ends with 75 and is
/// replaced.
EngineType kubernetes_type();

}  // namespace qsweep
