#include "qsweep/model/script/script_op.hpp"

#include "qsweep/model/script/op_calls.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <limits>

namespace qsweep {
namespace {

namespace jit = torch::jit;

bool is_tensor(const jit::Value& value) {
  return value.type()->isSubtypeOf(*c10::TensorType::get());
}

bool is_tensor_or_tensors(const jit::Value& value) {
  return is_tensor(value) || value.type()->isSubtypeOf(*c10::ListType::ofTensors());
}

void collect_nodes(jit::Block* block, std::vector<jit::Node*>& nodes) {
  for (jit::Node* node : block->nodes()) {
    nodes.push_back(node);
    for (jit::Block* inner : node->blocks()) {
      collect_nodes(inner, nodes);
    }
  }
}

bool writes_into_operand(const jit::Node& node) {
  const c10::FunctionSchema* schema = node.maybeSchema();
  if (schema == nullptr || schema->arguments().empty()) {
    return false;
  }
  const c10::AliasInfo* alias = schema->arguments()[0].alias_info();
  return alias != nullptr && alias->isWrite();
}

std::string name_of(const jit::Node& node) {
  std::string name = node.kind().toUnqualString();
  if (writes_into_operand(node) && name.back() == '_') {
    name.pop_back();
  }
  return name;
}

// Everything but control flow, what the language needs, and what moves data. Lists of tensors have
// an `add` too.
bool computes(const jit::Node& node) {
  const std::string name = name_of(node);
  if (node.kind().is_prim() || node.outputs().empty() || is_moving_op(name) ||
      (computing_op(name) != nullptr && !is_tensor(*node.outputs()[0]))) {
    return false;
  }
  const auto has_tensor = [](const auto& values) {
    return std::any_of(values.begin(), values.end(), [](const jit::Value* value) {
      return is_tensor_or_tensors(*value);
    });
  };
  return has_tensor(node.outputs()) && has_tensor(node.inputs());
}

class Instrumentation {
 public:
  explicit Instrumentation(jit::Graph& graph) : graph_(graph) {
    calls_ = graph.addInput("calls");
    calls_->setType(op_calls_type());
  }

  std::vector<ScriptOp> run() {
    std::vector<jit::Node*> nodes;
    collect_nodes(graph_.block(), nodes);
    for (jit::Node* node : nodes) {
      const bool updates_module = writes_into_operand(*node) && attribute_path(*node->input(0));
      if (computes(*node) && !updates_module && !is_dropping_class(place_of(*node).module_class)) {
        add(node);
      }
    }
    return std::move(ops_);
  }

 private:
  void add(jit::Node* node) {
    ScriptOp op;
    op.place = place_of(*node);
    op.name = name_of(*node);
    op.known = computing_op(op.name);
    op.node = node;
    for (size_t i = 0; i < node->inputs().size(); ++i) {
      if (const auto path = attribute_path(*node->input(i))) {
        op.attributes[argument_name(*node, i)] = *path;
      }
    }
    if (op.name == "batch_norm") {
      const auto eps = jit::toIValue(node->namedInput("eps"));
      op.eps = eps ? eps->toDouble() : std::numeric_limits<double>::quiet_NaN();
    }
    ops_.push_back(std::move(op));
    if (writes_into_operand(*node)) {
      write_back(ops_.back());
    }
    for (size_t i = 0; i < node->inputs().size(); ++i) {
      if (is_tensor(*node->input(i)) && is_operand(ops_.back(), i)) {
        lead_input(i, static_cast<int>(i));
      }
    }
    if (ops_.back().is(ComputingOp::Kind::Product)) {
      lead_input(1, OpCalls::kWeight);
    }
    for (jit::Value* output : node->outputs()) {
      if (is_tensor(*output)) {
        lead_output(output);
        break;
      }
    }
  }

  static std::string argument_name(const jit::Node& node, size_t input) {
    const c10::FunctionSchema* schema = node.maybeSchema();
    return schema != nullptr && input < schema->arguments().size()
               ? schema->arguments()[input].name()
               : "";
  }

  // The others of a product or a norm are its parameters, unless they are computed.
  static bool is_operand(const ScriptOp& op, size_t input) {
    return input == 0 || op.known == nullptr || op.known->kind == ComputingOp::Kind::Plain ||
           is_computed(*op.node->input(input));
  }

  static bool is_computed(const jit::Value& value) {
    return !attribute_path(value) && !jit::toIValue(&value);
  }

  // y = op_(x) becomes c = clone(x); z = op_(c); y = copy_(x, z): only then can what the op wrote
  // be another tensor, and does the op's gradient find what it kept.
  void write_back(ScriptOp& op) {
    jit::Node* node = op.node;
    jit::Value* target = node->input(0);
    {
      const jit::WithInsertPoint before(node);
      node->replaceInput(0, graph_.insert(c10::aten::clone, {target}));
    }
    const jit::WithInsertPoint after(node->next());
    jit::Value* written = graph_.insert(c10::aten::copy_, {target, node->output()});
    node->output()->replaceAllUsesAfterNodeWith(written->node(), written);
  }

  jit::Node* make_site(jit::Value* x, int place) {
    jit::Value* number = graph_.insertConstant(static_cast<int64_t>(ops_.size() - 1));
    jit::Value* place_value = graph_.insertConstant(static_cast<int64_t>(place));
    jit::Node* site =
        graph_.create(c10::Symbol::fromQualString(kSiteOp), {x, calls_, number, place_value});
    site->output()->setType(c10::TensorType::get());
    ops_.back().sites[place] = graph_.insertNode(site);
    return site;
  }

  void lead_input(size_t input, int place) {
    jit::Node* node = ops_.back().node;
    const jit::WithInsertPoint before(node);
    node->replaceInput(input, make_site(node->input(input), place)->output());
  }

  void lead_output(jit::Value* output) {
    const jit::WithInsertPoint after(ops_.back().node->next());
    jit::Node* site = make_site(output, OpCalls::kOutput);
    output->replaceAllUsesAfterNodeWith(site, site->output());
  }

  jit::Graph& graph_;
  jit::Value* calls_ = nullptr;
  std::vector<ScriptOp> ops_;
};

}  // namespace

std::string shown(const ScriptOp& op) {
  return "'" + op.name + "'" + (op.place.path.empty() ? "" : " in '" + op.place.path + "'");
}

std::vector<ScriptOp> instrument(jit::Graph& graph) {
  return Instrumentation(graph).run();
}

void remove_site(ScriptOp& op, int place) {
  const auto found = op.sites.find(place);
  if (found != op.sites.end()) {
    found->second->output()->replaceAllUsesWith(found->second->input(0));
    found->second->destroy();
    op.sites.erase(found);
  }
}

}  // namespace qsweep
