#pragma once

#include "qsweep/journal/record.hpp"
#include "qsweep/trial/workbench.hpp"

namespace qsweep {

/// Computes one trial: the float model, calibration, evaluation, fine-tuning, evaluation. Leaves
/// layers.csv and correct.bits in trials/<id>/ of the run. What makes the trial fail, without ending
/// the worker, becomes a failed record.
Record run_trial(const Trial& trial, Workbench& bench, const OnStage& on_stage);

}  // namespace qsweep
