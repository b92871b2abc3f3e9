#pragma once

#include "qsweep/model/dispatch/module_tensors.hpp"
#include "qsweep/model/script/computing_ops.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <torch/types.h>

#include <string>
#include <unordered_map>

namespace qsweep {

/// What is known of an operator of the dispatcher.
struct DispatchedOp {
  explicit DispatchedOp(const c10::OperatorHandle& op);

  const c10::FunctionSchema* schema;  // one per operator and overload
  std::string name;                   // without "aten::" and the underscore of writing
  const ComputingOp* known;           // null: of no table
  bool moves;                         // only data, or its output is no activation
  bool writes;                        // into its first argument
  bool writes_elsewhere = false;      // into another one, as `add.out` does
  size_t arguments;
  size_t results;

  /// -1: it has no such argument.
  int argument(const std::string& argument_name) const;
  c10::IValue& argument(torch::jit::Stack& stack, int position) const;
  const c10::IValue& argument(const torch::jit::Stack& stack, int position) const;

  /// Is this call one that computes on floats? Those are counted in each forward; but not what
  /// writes into the module's own tensors, as a running average does in training.
  bool counts(const torch::jit::Stack& stack, const ModuleTensors& own) const;
};

/// The operators that were met, each looked at once.
class DispatchedOps {
 public:
  const DispatchedOp& of(const c10::OperatorHandle& op);

 private:
  std::unordered_map<const c10::FunctionSchema*, DispatchedOp> ops_;
};

/// The tensor of an argument; undefined where it is none, or None.
torch::Tensor tensor_of(const c10::IValue& value);

}  // namespace qsweep
