#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <string>
#include <vector>

namespace qsweep {

/// A trace keeps the mode, train() or eval(), in which its batch norms and dropouts were when it
/// was made, and a script can fix it, too. What follows from it, as warnings.
struct FrozenModes {
  std::vector<std::string> in_evaluation;  // whatever is done with the network
  std::vector<std::string> in_training;    // only where it is trained
};

/// Of a flat graph.
FrozenModes frozen_modes(torch::jit::Graph& graph);

}  // namespace qsweep
