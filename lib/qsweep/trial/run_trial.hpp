#pragma once

#include "qsweep/journal/record.hpp"
#include "qsweep/trial/stages.hpp"

namespace qsweep {

/// Computes one trial and leaves its files. What makes the trial fail, without ending the worker,
/// becomes a failed record; a WriteError does not, since then a record could not be kept either.
/// Throws TrainingStopped if the worker was asked to stop within a training.
Record run_trial(const Trial& trial, Workbench& bench, const OnStage& on_stage);

/// Once its record is in the journal: the trial's checkpoint is of no use any more, but after what
/// may have been bad luck, where the next attempt goes on.
void forget_checkpoint(const Record& record, const Workbench& bench);

}  // namespace qsweep
