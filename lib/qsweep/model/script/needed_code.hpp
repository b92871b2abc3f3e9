#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace qsweep {

/// Takes out of a flat graph what has no part in its output. That is dead code, and also what
/// training writes into the module's own tensors where nothing that leads to the output reads them:
/// the statistics of batch norms in a part of the network whose output nobody takes. Warnings go,
/// too.
void keep_needed_code(const std::shared_ptr<torch::jit::Graph>& graph,
                      const torch::jit::Module& module);

}  // namespace qsweep
