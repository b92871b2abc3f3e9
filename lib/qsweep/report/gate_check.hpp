#pragma once

#include "qsweep/report/baselines.hpp"
#include "qsweep/report/results.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A row that lost more than a gate allows against its float row or a baseline's row.
struct BrokenGate {
  const FrozenGate* gate = nullptr;
  const RowResult* row = nullptr;
  double drop = 0;  // in the metric's own unit, of a timing in percent; of the loss: how it rose
};

/// What came of a gate.
struct GateOutcome {
  const FrozenGate* gate = nullptr;
  size_t checked = 0;              // rows that have a result and something to compare it with
  size_t elsewhere = 0;            // among them, whose timing is of another host than the other's
  size_t other_images = 0;         // among them, of another number of images than the other's
  std::vector<BrokenGate> broken;  // among them, in the order of the rows
  std::string unchecked;           // why, where no row was: "it matches no row"
};

/// In the order of the gates. Rows are compared with those of a baseline as results.csv (of
/// timings: timings.csv) writes both of them, so that rounding breaks nothing; which belong
/// together says `match_rows`.
std::vector<GateOutcome> check_gates(const std::vector<FrozenGate>& gates,
                                     const Results& results,
                                     const Baselines& baselines);

/// "gate: resnet20 all w=2: top1 fell by 12.50, at most 1.00 is allowed".
std::string to_string(const BrokenGate& broken, const Results& results);

/// "top1 drop <= 0.5 vs base.csv where w=8": as on the command line.
std::string to_string(const FrozenGate& gate);

}  // namespace qsweep
