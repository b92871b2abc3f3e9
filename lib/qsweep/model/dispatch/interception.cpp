#include "qsweep/model/dispatch/interception.hpp"

#include <torch/library.h>

#include <utility>

namespace qsweep {
namespace {

// A key above autograd that no kernel has; the process has one fallback for it, which is ours.
constexpr auto kKey = c10::DispatchKey::TESTING_ONLY_GenericMode;

// The dispatcher gives a fallback nothing but the op and its arguments.
thread_local OpInterceptor* present = nullptr;

void fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const c10::impl::ExcludeDispatchKeyGuard below(kKey);
  if (present == nullptr) {  // a thread that took over another one's keys
    op.callBoxed(stack);
  } else {
    present->call(op, *stack);
  }
}

// At the first use, not before main: a program that wraps no module has no fallback.
c10::DispatchKey registered_key() {
  static const torch::Library library = [] {
    torch::Library made(torch::Library::IMPL, "_", kKey, __FILE__, __LINE__);
    made.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
    return made;
  }();
  return kKey;
}

}  // namespace

Interception::Interception(OpInterceptor& interceptor)
    : outer_(std::exchange(present, &interceptor)), included_(registered_key()) {}

Interception::~Interception() {
  present = outer_;
}

}  // namespace qsweep
