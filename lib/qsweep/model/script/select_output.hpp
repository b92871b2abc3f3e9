#pragma once

#include "qsweep/core/json.hpp"

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace qsweep {

/// Makes a graph return one tensor: what it returns already, or what `output` chooses, a position
/// of a tuple or a list, the name of a field of a named tuple, or a key of a dict; null chooses
/// nothing. What only the others need is taken out, and so are
/// checks that raise exceptions. Throws IoError without a file.
void select_output(const std::shared_ptr<torch::jit::Graph>& graph, const Json& output);

}  // namespace qsweep
