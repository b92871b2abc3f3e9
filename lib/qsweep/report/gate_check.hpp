#pragma once

#include "qsweep/report/results.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A row that lost more against its float row than a gate allows.
struct BrokenGate {
  const FrozenGate* gate = nullptr;
  const RowResult* row = nullptr;
  double drop = 0;  // in the metric's own unit; of the loss: how much it rose
};

/// In the order of the gates and of their rows. Rows without a result break nothing.
std::vector<BrokenGate> broken_gates(const Results& results);

/// "gate: resnet20 all w=2: top1 fell by 12.50, at most 1.00 is allowed".
std::string to_string(const BrokenGate& broken, const Results& results);

}  // namespace qsweep
