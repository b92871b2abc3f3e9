#include "qsweep/model/script/unread_updates.hpp"

#include "qsweep/model/script/flat_graph.hpp"
#include "qsweep/model/script/script_listing.hpp"

#include <torch/types.h>

#include <set>
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

// Which nodes of a flat graph have a part in its output.
class Liveness {
 public:
  Liveness(jit::Graph& graph, const jit::Module& module) : module_(module) {
    collect(graph.block(), nodes_);
    for (jit::Value* output : graph.outputs()) {
      open_.push_back(output);
    }
    for (const jit::Node* node : nodes_) {
      if (has_other_effects(*node)) {
        need(node);
      }
    }
    do {
      follow();
    } while (need_updates_of_what_is_read());
  }

  std::vector<jit::Node*> unread_updates() const {
    std::vector<jit::Node*> unread;
    for (jit::Node* node : nodes_) {
      if (is_update(*node) && needed_.count(node) == 0) {
        unread.push_back(node);
      }
    }
    return unread;
  }

 private:
  void follow() {
    while (!open_.empty()) {
      const jit::Value* value = open_.back();
      open_.pop_back();
      const jit::Node* maker = value->node();
      if (maker->kind() == c10::prim::If) {
        for (const jit::Block* block : maker->blocks()) {
          open_.push_back(block->outputs()[value->offset()]);
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
    open_.insert(open_.end(), node->inputs().begin(), node->inputs().end());
    if (node->kind() != c10::prim::If) {
      for (const jit::Block* block : node->blocks()) {
        open_.insert(open_.end(), block->outputs().begin(), block->outputs().end());
      }
    }
  }

  // What decides whether a node within an If or a loop runs.
  void need_owner(const jit::Node& node) {
    if (const jit::Node* owner = node.owningBlock()->owningNode()) {
      need(owner);
    }
  }

  bool need_updates_of_what_is_read() {
    const size_t before = needed_.size();
    for (const jit::Node* node : nodes_) {
      if (is_update(*node) && writes_what_is_read(*node)) {
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
    return !written.empty() && node.outputs().size() == 1;
  }

  bool has_other_effects(const jit::Node& node) const {
    return (!written_operands(node).empty() && !is_update(node)) ||
           (node.blocks().empty() && node.hasSideEffects());
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

  const jit::Module& module_;
  std::vector<jit::Node*> nodes_;
  std::vector<const jit::Value*> open_;  // needed, and their makers not yet looked at
  std::set<const jit::Node*> needed_;
  Owned read_;  // what needed nodes read
};

}  // namespace

void drop_unread_updates(const std::shared_ptr<jit::Graph>& graph, const jit::Module& module) {
  for (jit::Node* update : Liveness(*graph, module).unread_updates()) {
    update->output()->replaceAllUsesWith(update->input(0));
    update->destroy();
  }
}

}  // namespace qsweep
