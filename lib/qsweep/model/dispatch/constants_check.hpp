#pragma once

#include "qsweep/model/constant_tensors.hpp"
#include "qsweep/model/dispatch/dispatched_op.hpp"
#include "qsweep/model/dispatch/interception.hpp"

namespace qsweep {

/// Looks again, in one run of a module, at what a listing took for constants; ops are numbered as
/// in the listing, in their order.
class ConstantsCheck : public OpInterceptor {
 public:
  static constexpr int kOutput = -1;  // its place, beside the positions of arguments

  ConstantsCheck(const ModuleTensors& own, ConstantTensors& constants);

  /// Throws IoError without a file if one has changed.
  void call(const c10::OperatorHandle& handle, torch::jit::Stack& stack) override;

 private:
  void check(const DispatchedOp& op, int number, int place, const torch::Tensor& x);

  const ModuleTensors& own_;
  ConstantTensors& constants_;
  DispatchedOps ops_;
  int next_ = 0;
};

}  // namespace qsweep
