#include "qsweep/model/script/op_calls.hpp"

#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <string>
#include <utility>

namespace qsweep {
namespace {

namespace jit = torch::jit;
using torch::Tensor;

// The innermost calls: an op's result, its failure kept.
template <class Body>
Tensor kept_failure(OpCalls& calls, Body body) {
  try {
    return body();
  } catch (...) {
    calls.failure = std::current_exception();
    throw;
  }
}

// The tensor is moved from the stack, so that what nobody else holds can be changed in place.
void site(jit::Stack& stack) {
  Tensor x = std::move(jit::peek(stack, 0, 4)).toTensor();
  const auto calls = jit::peek(stack, 1, 4).toCustomClass<OpCalls>();
  const auto op = static_cast<int>(jit::peek(stack, 2, 4).toInt());
  const auto place = static_cast<int>(jit::peek(stack, 3, 4).toInt());
  jit::drop(stack, 4);
  jit::push(stack, kept_failure(*calls, [&] { return calls->at(op, place, std::move(x)); }));
}

void relu_site(jit::Stack& stack) {
  Tensor x = std::move(jit::peek(stack, 0, 3)).toTensor();
  const auto calls = jit::peek(stack, 1, 3).toCustomClass<OpCalls>();
  const auto op = static_cast<int>(jit::peek(stack, 2, 3).toInt());
  jit::drop(stack, 3);
  jit::push(stack, kept_failure(*calls, [&] { return calls->at_relu(op, std::move(x)); }));
}

void sum_site(jit::Stack& stack) {
  Tensor a = std::move(jit::peek(stack, 0, 4)).toTensor();
  Tensor b = std::move(jit::peek(stack, 1, 4)).toTensor();
  const auto calls = jit::peek(stack, 2, 4).toCustomClass<OpCalls>();
  const auto op = static_cast<int>(jit::peek(stack, 3, 4).toInt());
  jit::drop(stack, 4);
  jit::push(stack,
            kept_failure(*calls, [&] { return calls->at_sum(op, std::move(a), std::move(b)); }));
}

void added_bias(jit::Stack& stack) {
  const auto calls = jit::peek(stack, 0, 2).toCustomClass<OpCalls>();
  const auto op = static_cast<int>(jit::peek(stack, 1, 2).toInt());
  jit::drop(stack, 2);
  jit::push(stack, kept_failure(*calls, [&] { return calls->added_bias(op); }));
}

// "...Traceback of TorchScript... \nRuntimeError: the reason\n"
std::string thrown_reason(const std::string& text) {
  const std::string intro = "\nRuntimeError: ";
  const size_t at = text.rfind(intro);
  std::string reason = at == std::string::npos ? text : text.substr(at + intro.size());
  while (!reason.empty() && reason.back() == '\n') {
    reason.pop_back();
  }
  return reason;
}

}  // namespace

Tensor OpCalls::at_relu(int op, Tensor x) {
  return at(op, kOutput, torch::relu(x));
}

Tensor OpCalls::at_sum(int op, Tensor a, Tensor b) {
  return at(op, kOutput, a + b);
}

const char* const kSiteOp = "qsweep::site";
const char* const kReluSiteOp = "qsweep::relu_site";
const char* const kSumSiteOp = "qsweep::sum_site";
const char* const kAddedBiasOp = "qsweep::added_bias";

c10::TypePtr op_calls_type() {
  static const auto registered = torch::class_<OpCalls>("qsweep", "OpCalls");
  static const jit::RegisterOperators operators({
      jit::Operator("qsweep::site(Tensor(a) x, __torch__.torch.classes.qsweep.OpCalls calls, int "
                    "op, int place) -> Tensor(a)",
                    site,
                    c10::AliasAnalysisKind::FROM_SCHEMA),
      jit::Operator("qsweep::relu_site(Tensor x, __torch__.torch.classes.qsweep.OpCalls calls, "
                    "int op) -> Tensor",
                    relu_site,
                    c10::AliasAnalysisKind::FROM_SCHEMA),
      jit::Operator("qsweep::sum_site(Tensor a, Tensor b, "
                    "__torch__.torch.classes.qsweep.OpCalls calls, int op) -> Tensor",
                    sum_site,
                    c10::AliasAnalysisKind::FROM_SCHEMA),
      jit::Operator("qsweep::added_bias(__torch__.torch.classes.qsweep.OpCalls calls, int op) -> "
                    "Tensor",
                    added_bias,
                    c10::AliasAnalysisKind::FROM_SCHEMA),
  });
  return c10::getCustomClassType<c10::intrusive_ptr<OpCalls>>();
}

c10::IValue run_graph(const jit::Code& code,
                      std::vector<c10::IValue> inputs,
                      const c10::intrusive_ptr<OpCalls>& calls) {
  calls->failure = nullptr;
  inputs.emplace_back(calls);
  try {
    jit::InterpreterState(code).run(inputs);
  } catch (const std::exception& error) {
    if (calls->failure) {
      std::rethrow_exception(std::exchange(calls->failure, nullptr));
    }
    TORCH_CHECK(false, thrown_reason(error.what()));
  }
  return std::move(inputs.front());
}

}  // namespace qsweep
