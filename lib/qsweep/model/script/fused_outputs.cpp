#include "qsweep/model/script/fused_outputs.hpp"

#include "qsweep/model/script/op_calls.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include <vector>

namespace qsweep {
namespace {

namespace jit = torch::jit;

void collect_sites(jit::Block* block, std::vector<jit::Node*>& sites) {
  static const auto kind = c10::Symbol::fromQualString(kSiteOp);
  for (jit::Node* node : block->nodes()) {
    if (node->kind() == kind) {
      sites.push_back(node);
    }
    for (jit::Block* inner : node->blocks()) {
      collect_sites(inner, sites);
    }
  }
}

bool is_constant(const jit::Value& value, int64_t number) {
  const auto constant = jit::toIValue(&value);
  return constant && constant->isScalar() && constant->toScalar().equal(number);
}

// Is the value led through a call of the same op as an operand? Parameters and constants are not.
bool is_activation(const jit::Value& value, const jit::Node& site) {
  const jit::Node& maker = *value.node();
  return maker.kind() == site.kind() &&
         jit::toIValue(maker.input(2)) == jit::toIValue(site.input(2));
}

const char* fused_kind(const jit::Node& op, const jit::Node& site) {
  if (op.kind() == c10::aten::relu) {
    return kReluSiteOp;
  }
  const bool is_sum = op.kind() == c10::aten::add && op.inputs().size() == 3 &&
                      is_activation(*op.input(0), site) && is_activation(*op.input(1), site) &&
                      is_constant(*op.input(2), 1);
  return is_sum ? kSumSiteOp : nullptr;
}

void fuse(jit::Node* site) {
  jit::Node* op = site->input(0)->node();
  if (!is_constant(*site->input(3), OpCalls::kOutput) || site->input(0)->uses().size() != 1) {
    return;
  }
  const char* kind = fused_kind(*op, *site);
  if (kind == nullptr) {
    return;
  }
  jit::Graph& graph = *site->owningGraph();
  const jit::WithInsertPoint before(site);
  std::vector<jit::Value*> inputs{op->input(0)};
  if (op->kind() == c10::aten::add) {
    inputs.push_back(op->input(1));
  }
  inputs.push_back(site->input(1));
  inputs.push_back(site->input(2));
  jit::Node* fused = graph.insertNode(graph.create(c10::Symbol::fromQualString(kind), inputs));
  fused->output()->setType(c10::TensorType::get());
  site->output()->replaceAllUsesWith(fused->output());
  site->destroy();
  op->destroy();
}

}  // namespace

void fuse_outputs(jit::Graph& graph) {
  std::vector<jit::Node*> sites;
  collect_sites(graph.block(), sites);
  for (jit::Node* site : sites) {
    fuse(site);
  }
}

}  // namespace qsweep
