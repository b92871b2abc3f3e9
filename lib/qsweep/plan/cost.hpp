#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/plan/site_classes.hpp"
#include "qsweep/plan/trial.hpp"

#include <cstdint>
#include <vector>

namespace qsweep {

/// What a trial costs to store and to compute, as far as it follows from the plan alone; the
/// columns of results.csv.
struct Cost {
  double weight_bits = 32;  // average over all weights
  double output_bits = 32;  // average over the elements of all steps' outputs
  int64_t size_bytes = 0;
  int64_t macs = 0;
  int64_t bops = 0;  // the sum over layers of MACs x weight bits x input bits
  // Of all that the trial lets through the network; no column. Tells which trial takes longer.
  double trial_macs = 0;
  // Bytes that a worker is likely to take for it, files that processes share not counted; no
  // column. 0: not known.
  int64_t memory = 0;
};

/// The catalog tells what the quantizers of weights store beside the codes.
Cost cost_of(const Network& network, const std::vector<SiteGroup>& groups, const Catalog& catalog);

}  // namespace qsweep
