#pragma once

#include "qsweep/engine/cluster/engine.hpp"

namespace qsweep {

/// Slurm: a job array for the slices of float trials, one for the others behind it, and a job that
/// merges behind both, whatever becomes of them (afterany). Arrays that are longer than
/// MaxArraySize are cut. Slurm itself requeues elements that are preempted or whose node fails; one
/// that meets its time limit requeues itself if any of its trials got on.
EngineType slurm_type();

}  // namespace qsweep
