#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace qsweep {

/// Takes the place of the ops that a thread dispatches.
class OpInterceptor {
 public:
  virtual ~OpInterceptor() = default;
  /// Takes the op's arguments from the stack and leaves its results there. What it dispatches
  /// itself is not intercepted.
  virtual void call(const c10::OperatorHandle& op, torch::jit::Stack& stack) = 0;
};

/// For its life the interceptor takes the place of this thread's ops, above autograd: of conv2d,
/// not of what conv2d is made of. `backward` is not for it.
class Interception {
 public:
  explicit Interception(OpInterceptor& interceptor);
  Interception(const Interception&) = delete;
  Interception& operator=(const Interception&) = delete;
  ~Interception();

 private:
  OpInterceptor* outer_;
  c10::impl::IncludeDispatchKeyGuard included_;
};

}  // namespace qsweep
