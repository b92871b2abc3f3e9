#pragma once

#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/custom_class.h>
#include <torch/types.h>

#include <exception>

namespace qsweep {

/// What the ops that were put into a flat graph call: it sees every tensor of every computing op.
class OpCalls : public torch::CustomClassHolder {
 public:
  // Places of a tensor beside the operands, which count from 0.
  static constexpr int kWeight = -1;
  static constexpr int kOutput = -2;

  /// The tensor that the graph goes on with in place of `x`. `op` is a position in the list of
  /// instrument().
  virtual torch::Tensor at(int op, int place, torch::Tensor x) = 0;
  /// at(op, kOutput, relu(x)), and that of a + b: of ops that were left to the call of their
  /// output.
  virtual torch::Tensor at_relu(int op, torch::Tensor x);
  virtual torch::Tensor at_sum(int op, torch::Tensor a, torch::Tensor b);
  /// The bias that a product was given after it was loaded.
  virtual torch::Tensor added_bias(int op) = 0;

  // What was thrown in here, as it was: the interpreter makes text of it.
  std::exception_ptr failure;
};

/// "qsweep::site(Tensor x, OpCalls calls, int op, int place) -> Tensor",
/// "qsweep::relu_site(Tensor x, OpCalls calls, int op) -> Tensor",
/// "qsweep::sum_site(Tensor a, Tensor b, OpCalls calls, int op) -> Tensor", and
/// "qsweep::added_bias(OpCalls calls, int op) -> Tensor".
extern const char* const kSiteOp;
extern const char* const kReluSiteOp;
extern const char* const kSumSiteOp;
extern const char* const kAddedBiasOp;
/// The type of the value `calls`. The ops can be used after the first call of this.
c10::TypePtr op_calls_type();

/// Runs a graph whose last input is `calls`. Throws what `calls` threw, or c10::Error with the
/// interpreter's reason, without its traceback.
c10::IValue run_graph(const torch::jit::Code& code,
                      std::vector<c10::IValue> inputs,
                      const c10::intrusive_ptr<OpCalls>& calls);

}  // namespace qsweep
