#include "qsweep/model/script/flat_graph.hpp"

#include "qsweep/core/error.hpp"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inline_fork_wait.h>
#include <torch/csrc/jit/passes/remove_mutation.h>

#include <vector>

namespace qsweep {
namespace {

namespace jit = torch::jit;

// Scopes are what survives the jit's passes, whose new nodes take them over from the old ones.
constexpr char kBetween = '|';

jit::ScopePtr scope_for(const OpPlace& place) {
  return c10::make_intrusive<jit::Scope>()->push(
      c10::Symbol::scope(place.path + kBetween + place.module_class));
}

void stamp(jit::Node* node, const jit::ScopePtr& scope) {
  node->setScope(scope);
  for (jit::Block* block : node->blocks()) {
    for (jit::Node* inner : block->nodes()) {
      stamp(inner, scope);
    }
  }
}

std::string class_name(const c10::ClassType& type) {
  return type.name() ? type.name()->name() : "";
}

std::string shown_place(jit::Node& node) {
  const std::string path = place_of(node).path;
  return path.empty() ? "in its forward" : "in '" + path + "'";
}

// What a call calls; null for a node that is no call.
struct Callee {
  jit::GraphFunction* function = nullptr;
  std::vector<jit::Value*> inputs;
  jit::ScopePtr scope;
};

Callee method_of(jit::Node* node) {
  jit::Value* self = node->input(0);
  const std::string& name = node->s(c10::attr::name);
  const auto type = self->type()->cast<c10::ClassType>();
  if (!type) {
    throw IoError("calls '" + name + "' of an interface " + shown_place(*node) +
                  ", and which module that is shows only when it runs; "
                  "what is behind such a call cannot be quantized");
  }
  Callee callee;
  callee.inputs = node->inputs().vec();
  callee.scope = node->scope();
  if (type->is_module()) {
    const auto path = attribute_path(*self);
    if (!path) {
      throw IoError("calls a module that it chooses while it runs " + shown_place(*node) +
                    "; what is behind such a call cannot be quantized");
    }
    callee.scope = scope_for({*path, class_name(*type)});
  }
  callee.function = jit::tryToGraphFunction(type->getMethod(name));
  return callee;
}

Callee callee_of(jit::Node* node) {
  if (node->kind() == c10::prim::CallMethod) {
    return method_of(node);
  }
  Callee callee;
  if (node->kind() == c10::prim::CallFunction) {
    const auto type = node->input(0)->type()->expect<c10::FunctionType>();
    callee.function = jit::tryToGraphFunction(*type->function());
    callee.inputs = node->inputs().slice(1).vec();
    callee.scope = node->scope();
  }
  return callee;
}

// Returns the first node that has not been looked at.
jit::Node* replace_call(jit::Node* node, const Callee& callee) {
  jit::Node* before = node->prev();
  callee.function->ensure_defined();
  const jit::WithInsertPoint here(node);
  const auto outputs =
      jit::insertGraph(*node->owningGraph(), *callee.function->graph(), callee.inputs);
  for (jit::Node* inner = before->next(); inner != node; inner = inner->next()) {
    stamp(inner, callee.scope);
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    node->output(i)->replaceAllUsesWith(outputs[i]);
  }
  jit::Node* first = before->next() == node ? node->next() : before->next();
  node->destroy();
  return first;
}

bool flatten(jit::Block* block) {
  bool has_fork = false;
  jit::Node* node = block->param_node()->next();
  while (node != block->return_node()) {
    const Callee callee = callee_of(node);
    if (callee.function != nullptr) {
      node = replace_call(node, callee);
      continue;
    }
    has_fork = has_fork || node->kind() == c10::prim::fork;
    for (jit::Block* inner : node->blocks()) {
      has_fork = flatten(inner) || has_fork;
    }
    node = node->next();
  }
  return has_fork;
}

void collect(jit::Block* block, c10::Symbol kind, std::vector<jit::Node*>& found) {
  for (jit::Node* node : block->nodes()) {
    if (node->kind() == kind) {
      found.push_back(node);
    }
    for (jit::Block* inner : node->blocks()) {
      collect(inner, kind, found);
    }
  }
}

std::vector<jit::Node*> nodes_of(jit::Graph& graph, const char* kind) {
  std::vector<jit::Node*> found;
  collect(graph.block(), c10::Symbol::fromQualString(kind), found);
  return found;
}

// Attention and the transformer's layers ask, and compute in one fused op if not. Evaluation runs
// without gradients, and computes the same ops as training here.
void always_compute_as_with_gradients(jit::Graph& graph) {
  for (jit::Node* question : nodes_of(graph, "aten::is_grad_enabled")) {
    const jit::WithInsertPoint before(question);
    question->output()->replaceAllUsesWith(graph.insertConstant(true));
    question->destroy();
  }
}

// Images are channels_last here, of which `view` cannot make vectors; `reshape` does the same where
// `view` works.
void allow_any_layout(const std::shared_ptr<jit::Graph>& graph) {
  const jit::AliasDb aliases(graph);
  std::vector<jit::Node*> views;
  for (jit::Node* node : nodes_of(*graph, "aten::view")) {
    if (node->input(1)->type()->cast<c10::ListType>() && !aliases.hasWriters(node->output())) {
      views.push_back(node);
    }
  }
  for (jit::Node* view : views) {
    view->replaceWithNewSymbol(c10::aten::reshape);
    view->destroy();
  }
}

// What `assert` lets through: it makes an If of which one branch raises and gives nothing. Null: no
// such If.
const jit::Value* asserted_value(const jit::Value& value) {
  const jit::Value* found = nullptr;
  for (const jit::Block* block : value.node()->blocks()) {
    const jit::Value* result = block->outputs()[value.offset()];
    if (result->node()->kind() == c10::prim::Uninitialized) {
      continue;
    }
    if (found != nullptr) {
      return nullptr;
    }
    found = result;
  }
  return found;
}

}  // namespace

std::shared_ptr<jit::Graph> flat_graph(const jit::Module& module) {
  auto& forward = jit::toGraphFunction(module.get_method("forward").function());
  forward.ensure_defined();
  auto graph = forward.graph()->copy();
  const jit::ScopePtr scope = scope_for({"", class_name(*module.type())});
  for (jit::Node* node : graph->nodes()) {
    stamp(node, scope);
  }
  while (flatten(graph->block())) {
    jit::InlineForkWait(graph);
  }
  always_compute_as_with_gradients(*graph);
  jit::ConstantPropagation(graph);
  jit::RemoveTensorMutation(graph);
  jit::ConstantPropagation(graph);
  jit::EliminateDeadCode(graph);
  allow_any_layout(graph);
  return graph;
}

OpPlace place_of(jit::Node& node) {
  const jit::ScopePtr scope = node.scope();
  if (!scope || scope->isBlank()) {
    return {};
  }
  const std::string text = scope->name().toUnqualString();
  const size_t between = text.find(kBetween);
  return between == std::string::npos ? OpPlace()
                                      : OpPlace{text.substr(0, between), text.substr(between + 1)};
}

std::optional<std::string> attribute_path(const jit::Value& value) {
  const jit::Node& maker = *value.node();
  if (maker.kind() == c10::prim::Param) {
    return value.offset() == 0 && value.type()->cast<c10::ClassType>()
               ? std::optional<std::string>("")
               : std::nullopt;
  }
  // An Optional that is there.
  if (maker.kind() == c10::prim::unchecked_cast ||
      maker.kind() == c10::prim::unchecked_unwrap_optional) {
    return attribute_path(*maker.input(0));
  }
  if (maker.kind() == c10::prim::If) {
    const jit::Value* asserted = asserted_value(value);
    return asserted == nullptr ? std::nullopt : attribute_path(*asserted);
  }
  if (maker.kind() != c10::prim::GetAttr) {
    return std::nullopt;
  }
  const auto owner = attribute_path(*maker.input(0));
  if (!owner) {
    return std::nullopt;
  }
  const std::string& name = maker.s(c10::attr::name);
  return owner->empty() ? name : *owner + '.' + name;
}

}  // namespace qsweep
