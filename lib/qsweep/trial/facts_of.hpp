#pragma once

#include "qsweep/data/dataset.hpp"
#include "qsweep/model/model.hpp"
#include "qsweep/plan/facts.hpp"
#include "qsweep/plan/trial.hpp"

namespace qsweep {

// What a plan asks of data and models, as a trial would find them.

DataFacts facts_of(const Dataset& dataset);

/// Makes the network and reads its weights, if it has any of its own. Throws IoError if it cannot
/// be used.
ModelFacts facts_of(const ModelTable& models,
                    const TrialModel& wanted,
                    const ModelOptions& options);

}  // namespace qsweep
