#include "qsweep/model/script/select_output.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/model/script/needed_code.hpp"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/remove_exceptions.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {
namespace {

namespace jit = torch::jit;

bool is_tensor(const c10::TypePtr& type) {
  return type->isSubtypeOf(*c10::TensorType::get());
}

// How `forward` can be asked for one of what it returns.
struct Choices {
  std::vector<std::string> names;  // of fields, of keys that show in the graph
  std::optional<int64_t> count;    // of positions
};

Choices choices_in(const jit::Value& returned) {
  Choices choices;
  if (const auto tuple = returned.type()->cast<c10::TupleType>()) {
    choices.count = static_cast<int64_t>(tuple->elements().size());
    if (tuple->schema()) {
      for (const c10::Argument& field : tuple->schema()->arguments()) {
        choices.names.push_back(field.name());
      }
    }
  } else if (returned.node()->kind() == c10::prim::ListConstruct) {
    choices.count = static_cast<int64_t>(returned.node()->inputs().size());
  } else if (returned.node()->kind() == c10::prim::DictConstruct) {
    for (size_t i = 0; i < returned.node()->inputs().size(); i += 2) {
      const auto key = jit::toIValue(returned.node()->input(i));
      if (key && key->isString()) {
        choices.names.push_back(key->toStringRef());
      }
    }
  }
  return choices;
}

std::string example_of(const Choices& choices) {
  if (!choices.names.empty()) {
    return "'output: " + choices.names.front() + "'";
  }
  return choices.count ? "'output: 0'" : "'output: KEY'";
}

[[noreturn]] void refuse(const std::string& output,
                         const jit::Value& returned,
                         const Choices& choices) {
  if (!choices.names.empty()) {
    throw IoError(unknown_name("output", output, choices.names));
  }
  throw IoError("has no output " + output + ": it returns " + returned.type()->repr_str());
}

// The position of a field or an entry that shows in the graph.
std::optional<size_t> position_of(const Json& output, const Choices& choices) {
  if (output.is_number_integer()) {
    const auto position = output.get<int64_t>();
    return choices.count && position < *choices.count
               ? std::make_optional(static_cast<size_t>(position))
               : std::nullopt;
  }
  const auto found =
      std::find(choices.names.begin(), choices.names.end(), output.get<std::string>());
  return found == choices.names.end()
             ? std::nullopt
             : std::make_optional(static_cast<size_t>(found - choices.names.begin()));
}

// Where the whole is put together in the graph, its part is taken from there: what makes the other
// parts is then of no use to anybody.
jit::Value* part_of(jit::Graph& graph, jit::Value* returned, const Json& output) {
  const Choices choices = choices_in(*returned);
  const auto position = position_of(output, choices);
  const auto kind = returned->node()->kind();
  const bool is_dict = returned->type()->cast<c10::DictType>() != nullptr;
  if (position && (kind == c10::prim::TupleConstruct || kind == c10::prim::ListConstruct)) {
    return returned->node()->input(*position);
  }
  if (position && kind == c10::prim::DictConstruct) {
    return returned->node()->input(2 * *position + 1);
  }
  const jit::WithInsertPoint at_the_end(graph.return_node());
  if (position && returned->type()->cast<c10::TupleType>()) {
    jit::Value* index = graph.insertConstant(static_cast<int64_t>(*position));
    const auto elements = returned->type()->expect<c10::TupleType>()->elements();
    return graph.insertNode(graph.createTupleIndex(returned, index, elements[*position]))->output();
  }
  const bool is_list = returned->type()->cast<c10::ListType>() != nullptr && !choices.count;
  if ((is_dict && output.is_string() && choices.names.empty()) ||
      (is_list && output.is_number_integer())) {
    jit::Value* key = output.is_string() ? graph.insertConstant(output.get<std::string>())
                                         : graph.insertConstant(output.get<int64_t>());
    return graph.insert(c10::aten::__getitem__, {returned, key});
  }
  refuse(output.is_string() ? output.get<std::string>() : output.dump(), *returned, choices);
}

}  // namespace

void select_output(const std::shared_ptr<jit::Graph>& graph,
                   const jit::Module& module,
                   const Json& output) {
  if (graph->outputs().size() != 1) {
    throw IoError("returns nothing");
  }
  jit::Value* returned = graph->outputs()[0];
  const std::string shown = returned->type()->repr_str();
  if (is_tensor(returned->type())) {
    if (!output.is_null()) {
      throw IoError("returns one tensor: there is nothing that 'output' could choose");
    }
    return;
  }
  const bool is_whole = returned->type()->cast<c10::TupleType>() ||
                        returned->type()->cast<c10::ListType>() ||
                        returned->type()->cast<c10::DictType>();
  if (output.is_null() || !is_whole) {
    throw IoError(
        "returns " + shown + ", not one tensor of logits" +
        (is_whole ? "; choose one of them, as in " + example_of(choices_in(*returned)) : ""));
  }
  jit::Value* chosen = part_of(*graph, returned, output);
  if (!is_tensor(chosen->type())) {
    throw IoError("has " + chosen->type()->repr_str() + " as its output " +
                  (output.is_string() ? output.get<std::string>() : output.dump()) +
                  ", which is no tensor: it returns " + shown);
  }
  graph->eraseOutput(0);
  graph->registerOutput(chosen);
  std::shared_ptr<jit::Graph> changed = graph;
  jit::LowerSimpleTuples(changed);    // a tuple that is taken apart again uses all of its parts
  jit::EliminateExceptions(changed);  // checks of the other parts would keep these
  keep_needed_code(changed, module);
}

}  // namespace qsweep
