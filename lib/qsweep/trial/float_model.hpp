#pragma once

#include <memory>

#include "qsweep/trial/workbench.hpp"

namespace qsweep {

/// A network of the zoo for that data set, initialised from the seed. Throws IoError if the network
/// cannot take its images.
std::unique_ptr<Model> make_model(const ModelTable& models,
                                  const TrialModel& wanted,
                                  const Dataset& dataset,
                                  uint64_t seed);

/// The float model of a trial: its weights read from their file, or pretrained, once for all trials
/// that want the same.
std::unique_ptr<Model> float_model(const Trial& trial,
                                   const Dataset& dataset,
                                   Workbench& bench,
                                   const OnStage& on_stage);

/// Where the pretrained weights of a trial's model are kept; empty if it has weights of its own.
std::string pretrained_path(const Trial& trial, const Dataset& dataset, const Workbench& bench);

}  // namespace qsweep
