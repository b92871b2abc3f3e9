#include "qsweep/model/dispatch/constants_check.hpp"

#include "qsweep/core/error.hpp"

namespace qsweep {

ConstantsCheck::ConstantsCheck(const ModuleTensors& own, ConstantTensors& constants)
    : own_(own), constants_(constants) {}

void ConstantsCheck::call(const c10::OperatorHandle& handle, torch::jit::Stack& stack) {
  const DispatchedOp& op = ops_.of(handle);
  if (!op.counts(stack, own_)) {
    handle.callBoxed(&stack);
    return;
  }
  const int number = next_++;
  for (size_t i = 0; i < op.arguments; ++i) {
    const int position = static_cast<int>(i);
    check(op, number, position, tensor_of(op.argument(stack, position)));
  }
  handle.callBoxed(&stack);
  if (op.results > 0) {
    check(op, number, kOutput, tensor_of(stack[stack.size() - op.results]));
  }
}

void ConstantsCheck::check(const DispatchedOp& op, int number, int place, const torch::Tensor& x) {
  if (x.defined() && constants_.has_changed(number, place, x)) {
    throw IoError("computes '" + op.name + "'" + kMadeOfHiddenImage);
  }
}

}  // namespace qsweep
