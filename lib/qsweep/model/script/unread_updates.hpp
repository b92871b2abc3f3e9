#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace qsweep {

/// Takes out of a flat graph what training writes into the module's own tensors and nothing reads
/// that leads to the graph's output: the statistics of batch norms in a part of the network whose
/// output nobody takes. What such a write passes on is then its operand, so that the rest of that
/// part is dead code.
void drop_unread_updates(const std::shared_ptr<torch::jit::Graph>& graph,
                         const torch::jit::Module& module);

}  // namespace qsweep
