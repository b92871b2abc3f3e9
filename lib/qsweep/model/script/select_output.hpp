#pragma once

#include "qsweep/core/json.hpp"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace qsweep {

/// Makes the flat graph of a module return one tensor: what it returns already, or what `output`
/// chooses, a position of a tuple or a list, the name of a field of a named tuple, or a key of a
/// dict; null chooses nothing. What only the others need is taken out, with the statistics that
/// training would keep there, and so are checks that raise exceptions. Throws IoError without a
/// file.
void select_output(const std::shared_ptr<torch::jit::Graph>& graph,
                   const torch::jit::Module& module,
                   const Json& output);

}  // namespace qsweep
