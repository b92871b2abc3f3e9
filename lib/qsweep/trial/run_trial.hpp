#pragma once

#include "qsweep/journal/record.hpp"
#include "qsweep/trial/stages.hpp"

namespace qsweep {

/// Computes one trial and leaves its files. What makes the trial fail, without ending the worker,
/// becomes a failed record; a WriteError does not, since then a record could not be kept either.
Record run_trial(const Trial& trial, Workbench& bench, const OnStage& on_stage);

}  // namespace qsweep
