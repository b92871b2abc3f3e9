#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/plan/facts.hpp"
#include "qsweep/quant/binding.hpp"
#include "qsweep/quant/corrections/float_network.hpp"
#include "qsweep/quant/corrections/layer_graph.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// What a correction works on and with.
struct CorrectionTask {
  Model& model;
  Binding& binding;  // with its ranges, for a correction of the quantized network
  const FloatNetwork& float_network;
  const LayerGraph& graph;
  std::vector<int> layers;      // that it found
  const Json& parameters;       // complete
  const EachBatch& each_batch;  // the calibration images
  uint64_t seed = 0;
};

/// A line of the table of corrections.
struct CorrectionEntry {
  Catalog::Correction info;
  /// The layers that it acts on, in the order of execution. Leaves the graph as the correction
  /// leaves the network.
  std::vector<int> (*find)(LayerGraph& graph);
  /// Changes weights, biases and statistics of these layers. Throws TrialError.
  void (*apply)(const CorrectionTask& task);
};

const std::vector<CorrectionEntry>& corrections();

/// The correction of that name, which the experiment file has been checked for.
const CorrectionEntry& correction_entry(const std::string& name);

/// What each of several corrections in a row finds.
std::vector<std::vector<int>> corrected_layers(const CorrectionQuestion& question);

}  // namespace qsweep
