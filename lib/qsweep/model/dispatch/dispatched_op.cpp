#include "qsweep/model/dispatch/dispatched_op.hpp"

#include <algorithm>

namespace qsweep {
namespace {

bool is_written(const c10::Argument& argument) {
  const c10::AliasInfo* alias = argument.alias_info();
  return alias != nullptr && alias->isWrite();
}

std::string without_namespace(const std::string& name) {
  const std::string usual = "aten::";
  return name.rfind(usual, 0) == 0 ? name.substr(usual.size()) : name;
}

bool is_floating(const torch::Tensor& tensor) {
  return tensor.defined() && tensor.is_floating_point();
}

bool has_floats(const c10::IValue& value) {
  if (value.isTensor()) {
    return is_floating(value.toTensor());
  }
  if (value.isTensorList()) {
    for (const torch::Tensor& tensor : value.toTensorVector()) {
      if (is_floating(tensor)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

DispatchedOp::DispatchedOp(const c10::OperatorHandle& op)
    : schema(&op.schema()),
      name(without_namespace(schema->name())),
      writes(!schema->arguments().empty() && is_written(schema->arguments()[0])),
      arguments(schema->arguments().size()),
      results(schema->returns().size()) {
  if (writes && name.back() == '_') {
    name.pop_back();
  }
  for (size_t i = 1; i < arguments; ++i) {
    writes_elsewhere = writes_elsewhere || is_written(schema->arguments()[i]);
  }
  known = computing_op(name);
  moves = is_moving_op(name);
}

int DispatchedOp::argument(const std::string& argument_name) const {
  const auto position = schema->argumentIndexWithName(argument_name);
  return position ? static_cast<int>(*position) : -1;
}

c10::IValue& DispatchedOp::argument(torch::jit::Stack& stack, int position) const {
  return stack[stack.size() - arguments + static_cast<size_t>(position)];
}

const c10::IValue& DispatchedOp::argument(const torch::jit::Stack& stack, int position) const {
  return stack[stack.size() - arguments + static_cast<size_t>(position)];
}

bool DispatchedOp::counts(const torch::jit::Stack& stack, const ModuleTensors& own) const {
  if (moves) {
    return false;
  }
  if (writes && own.path_of(argument(stack, 0).toTensor()) != nullptr) {
    return false;
  }
  return std::any_of(stack.end() - static_cast<std::ptrdiff_t>(arguments), stack.end(), has_floats);
}

const DispatchedOp& DispatchedOps::of(const c10::OperatorHandle& op) {
  const auto found = ops_.find(&op.schema());
  return found != ops_.end() ? found->second
                             : ops_.emplace(&op.schema(), DispatchedOp(op)).first->second;
}

torch::Tensor tensor_of(const c10::IValue& value) {
  return value.isTensor() ? value.toTensor() : torch::Tensor();
}

}  // namespace qsweep
