#pragma once

#include "qsweep/model/script/computing_ops.hpp"
#include "qsweep/model/script/flat_graph.hpp"

#include <torch/csrc/jit/ir/ir.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// A computing op of a flat graph, whose tensors lead through OpCalls.
struct ScriptOp {
  OpPlace place;
  std::string name;                               // "conv2d", "add"
  const ComputingOp* known = nullptr;             // null: of no table
  torch::jit::Node* node = nullptr;               // the op
  std::map<int, torch::jit::Node*> sites;         // by place, see OpCalls; the calls put around it
  std::map<std::string, std::string> attributes;  // "weight": "layer1.0.conv1.weight"; "bias", ...

  double eps = 0;  // of a batch norm; NaN where it is no constant: then it may be an attribute

  bool is(ComputingOp::Kind kind) const { return known != nullptr && known->kind == kind; }
};

/// "'add' in 'layer1.0'", for messages.
std::string shown(const ScriptOp& op);

/// Adds the input `calls` to a flat graph and leads the operands, the weight and the output of each
/// computing op through it. Ops that nothing is known of are among them. Throws IoError without a
/// file.
std::vector<ScriptOp> instrument(torch::jit::Graph& graph);

/// Takes such a call out again.
void remove_site(ScriptOp& op, int place);

}  // namespace qsweep
