#pragma once

#include "qsweep/journal/record.hpp"
#include "qsweep/trial/stages.hpp"

namespace qsweep {

/// Computes one trial and leaves its files; what earlier attempts left of them half written goes.
/// What makes the trial fail, without ending the worker, becomes a failed record; a WriteError does
/// not, since then a record could not be kept either. Throws TrialStopped if the worker was asked
/// to stop within a training, or while the trial waited for another.
///
/// With `repeats` the evaluation that `images_per_second` is about (of the float model, else before
/// fine-tuning) is run so often again for its time alone, of which the median counts.
Record run_trial(const Trial& trial, Workbench& bench, const OnStage& on_stage, int repeats = 0);

/// Once its record is in the journal: the trial's checkpoint is of no use any more, but after what
/// may have been bad luck, where the next attempt goes on.
void forget_checkpoint(const Record& record, const Workbench& bench);

}  // namespace qsweep
