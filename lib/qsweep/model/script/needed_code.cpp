#include "qsweep/model/script/needed_code.hpp"

#include "qsweep/model/script/attribute_values.hpp"
#include "qsweep/model/script/flat_graph.hpp"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/types.h>

#include <set>
#include <unordered_set>
#include <vector>

namespace qsweep {
namespace {

namespace jit = torch::jit;
// Tensors by their storage, which several attributes may share, and the modules that own them: what
// counts the batches of a norm belongs to it, though nothing reads the count.
using Owned = std::set<const void*>;

void collect(jit::Block* block, std::vector<jit::Node*>& nodes) {
  for (jit::Node* node : block->nodes()) {
    nodes.push_back(node);
    for (jit::Block* inner : node->blocks()) {
      collect(inner, nodes);
    }
  }
}

// The operands that it writes into. The schema of a norm does not say that training does.
std::vector<const jit::Value*> written_operands(const jit::Node& node) {
  std::vector<const jit::Value*> written;
  if (node.kind() == c10::aten::batch_norm || node.kind() == c10::aten::instance_norm) {
    return {node.namedInput("running_mean"), node.namedInput("running_var")};
  }
  const c10::FunctionSchema* schema = node.maybeSchema();
  const size_t count = schema == nullptr ? 0 : schema->arguments().size();
  for (size_t i = 0; i < count && i < node.inputs().size(); ++i) {
    const c10::AliasInfo* alias = schema->arguments()[i].alias_info();
    if (alias != nullptr && alias->isWrite()) {
      written.push_back(node.inputs()[i]);
    }
  }
  return written;
}

// What has a part in the output, found from it backwards.
class NeededCode {
 public:
  NeededCode(const std::shared_ptr<jit::Graph>& graph, const jit::Module& module)
      : module_(module), aliases_(graph) {
    collect(graph->block(), nodes_);
    for (const jit::Value* output : graph->outputs()) {
      need(output);
    }
    for (const jit::Node* node : nodes_) {
      const bool warns = node->kind() == c10::aten::warn;  // of what it returns, at each batch
      if (node->blocks().empty() && node->hasSideEffects() && !warns) {
        need(node);
      }
    }
    do {
      follow();
    } while (need_writers());
  }

  void remove_the_rest() {
    const std::vector<jit::Node*> rest = not_needed();
    for (jit::Node* node : rest) {
      node->removeAllInputs();
      for (jit::Block* block : node->blocks()) {
        block->return_node()->removeAllInputs();
      }
    }
    erase_outputs_of_branches();
    // What is within a block comes behind its node, and goes first.
    for (auto node = rest.rbegin(); node != rest.rend(); ++node) {
      (*node)->destroy();
    }
  }

 private:
  bool needs(const jit::Node* node) const { return needed_.count(node) > 0; }

  void need(const jit::Value* value) {
    if (values_.insert(value).second) {
      open_.push_back(value);
    }
  }

  void follow() {
    while (!open_.empty()) {
      const jit::Value* value = open_.back();
      open_.pop_back();
      const jit::Node* maker = value->node();
      if (maker->kind() == c10::prim::If) {
        for (const jit::Block* block : maker->blocks()) {
          need(block->outputs()[value->offset()]);
        }
      }
      if (maker->kind() == c10::prim::Param) {
        need_owner(*maker);
      } else {
        need(maker);
      }
    }
  }

  // All that it takes; of an If only what decides, the rest comes with its outputs.
  void need(const jit::Node* node) {
    if (!needed_.insert(node).second) {
      return;
    }
    need_owner(*node);
    if (node->kind() == c10::prim::GetAttr &&
        node->output()->type()->isSubtypeOf(*c10::OptionalType::ofTensor())) {
      add_owned(*node->output(), read_);
    }
    for (const jit::Value* input : node->inputs()) {
      need(input);
    }
    if (node->kind() != c10::prim::If) {
      for (const jit::Block* block : node->blocks()) {
        for (const jit::Value* output : block->outputs()) {
          need(output);
        }
      }
    }
  }

  // What decides whether a node within an If or a loop runs.
  void need_owner(const jit::Node& node) {
    if (const jit::Node* owner = node.owningBlock()->owningNode()) {
      need(owner);
    }
  }

  // Of what is needed.
  bool need_writers() {
    const size_t before = needed_.size();
    for (jit::Node* node : nodes_) {
      if (!needs(node) && !written_operands(*node).empty() &&
          (is_update(*node) ? writes_what_is_read(*node) : aliases_.writesToAlias(node, values_))) {
        need(node);
      }
    }
    return needed_.size() > before;
  }

  // It writes, into tensors of the module alone.
  bool is_update(const jit::Node& node) const {
    const std::vector<const jit::Value*> written = written_operands(node);
    Owned owned;
    for (const jit::Value* value : written) {
      if (!add_owned(*value, owned)) {
        return false;
      }
    }
    return !written.empty();
  }

  bool writes_what_is_read(const jit::Node& node) const {
    Owned written;
    for (const jit::Value* value : written_operands(node)) {
      add_owned(*value, written);
    }
    for (const void* place : written) {
      if (read_.count(place) > 0) {
        return true;
      }
    }
    return false;
  }

  // The tensors of the module that a value may be, and their owners; false: it may be something
  // else, too.
  bool add_owned(const jit::Value& value, Owned& owned) const {
    const jit::Node& maker = *value.node();
    if (value.type()->cast<c10::NoneType>()) {
      return true;
    }
    if (const auto path = attribute_path(value); path && maker.kind() != c10::prim::If) {
      const torch::Tensor tensor = tensor_at(module_, *path);
      owned.insert(owner_at(module_, *path)._ivalue().get());
      if (tensor.defined()) {
        owned.insert(tensor.storage().unsafeGetStorageImpl());
      }
      return true;
    }
    if (maker.kind() != c10::prim::If) {
      return maker.kind() == c10::prim::Uninitialized;
    }
    bool all = true;
    for (const jit::Block* block : maker.blocks()) {
      all = add_owned(*block->outputs()[value.offset()], owned) && all;
    }
    return all;
  }

  std::vector<jit::Node*> not_needed() const {
    std::vector<jit::Node*> rest;
    for (jit::Node* node : nodes_) {
      if (!needs(node)) {
        rest.push_back(node);
      }
    }
    return rest;
  }

  // What an If that is needed gives to nobody; one such output may lead to another.
  void erase_outputs_of_branches() const {
    std::vector<jit::Value*> outputs;
    for (jit::Node* node : nodes_) {
      for (size_t i = node->outputs().size(); i-- > 0 && node->kind() == c10::prim::If;) {
        if (needs(node) && values_.count(node->output(i)) == 0) {
          outputs.push_back(node->output(i));
        }
      }
    }
    for (jit::Value* output : outputs) {
      for (jit::Block* block : output->node()->blocks()) {
        block->eraseOutput(output->offset());
      }
    }
    for (jit::Value* output : outputs) {
      output->node()->eraseOutput(output->offset());
    }
  }

  const jit::Module& module_;
  const jit::AliasDb aliases_;
  std::vector<jit::Node*> nodes_;
  std::unordered_set<const jit::Value*> values_;  // that are needed
  std::vector<const jit::Value*> open_;           // of these, whose makers were not yet looked at
  std::set<const jit::Node*> needed_;
  Owned read_;  // what needed nodes read
};

}  // namespace

void keep_needed_code(const std::shared_ptr<jit::Graph>& graph, const jit::Module& module) {
  NeededCode(graph, module).remove_the_rest();
}

}  // namespace qsweep
