#pragma once

#include "qsweep/model/model.hpp"
#include "qsweep/quant/calibrator.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace qsweep {

/// Per site what its observer gathered.
using SiteStatistics = std::map<int, Statistics>;

/// What is observed, and the numbers of the sites that are calibrated from it, ascending.
struct Observation {
  ObserverKind observer;
  std::vector<int> sites;
};

/// A source of image batches (N, C, H, W): calls its argument with each.
using EachBatch = std::function<void(const std::function<void(const torch::Tensor&)>&)>;

/// The numbers of all sites of one kind.
std::vector<int> sites_of_kind(const std::vector<Layer>& layers, SiteKind kind);

/// Runs the float model in evaluation mode over the images and observes inputs or outputs. Throws
/// TrialError if a site shows NaN or infinity, or nothing at all.
SiteStatistics observe_sites(Model& model,
                             const Observation& observation,
                             const EachBatch& each_batch);

/// What the tensors (with their batch) that pass through a site look like.
SiteShape shape_of(const std::vector<Layer>& layers, const Site& site);

// As tensors with names, "12.min", to be kept in a file.
NamedTensors to_named(const SiteStatistics& statistics);
SiteStatistics from_named(const NamedTensors& tensors);

}  // namespace qsweep
