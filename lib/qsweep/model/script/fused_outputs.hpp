#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace qsweep {

/// Leaves each ReLU, and each sum of two activations, of an instrumented graph to the call of its
/// output, OpCalls::at_relu() and at_sum(), which can compute it in one pass with what they do to
/// it. Ops that write into their operand stay as they are.
void fuse_outputs(torch::jit::Graph& graph);

}  // namespace qsweep
