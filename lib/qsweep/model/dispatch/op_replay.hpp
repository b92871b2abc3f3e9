#pragma once

#include "qsweep/model/dispatch/dispatch_listing.hpp"
#include "qsweep/model/dispatch/interception.hpp"
#include "qsweep/model/site_hook.hpp"
#include "qsweep/model/site_numbers.hpp"

#include <torch/types.h>

#include <vector>

namespace qsweep {

/// Leads the tensors of a listed module's ops through a hook. Throws TrialError at an op that is
/// not the listed one, since what the hook does would then be done elsewhere.
class OpReplay : public OpInterceptor {
 public:
  /// What was changed in a layer for good.
  struct Change {
    torch::Tensor added_bias;
    bool bypassed = false;
  };

  /// The listing's and the module's; both outlive this.
  OpReplay(const DispatchListing& listing, const ModuleTensors& own);

  void begin(SiteHook* hook);
  void call(const c10::OperatorHandle& handle, torch::jit::Stack& stack) override;
  /// Throws TrialError if not every op was there.
  void end() const;

  std::vector<Change> changes;  // by layer

 private:
  const ListedOp& next(const DispatchedOp& op);
  void compute(const ListedOp& listed,
               const DispatchedOp& op,
               const c10::OperatorHandle& handle,
               torch::jit::Stack& stack);
  void lead_operands(const ListedOp& listed, const DispatchedOp& op, torch::jit::Stack& stack);
  void lead_weight(const ListedOp& listed, const DispatchedOp& op, torch::jit::Stack& stack);
  torch::Tensor output_of(const ListedOp& listed,
                          const DispatchedOp& op,
                          const c10::OperatorHandle& handle,
                          torch::jit::Stack& stack);

  const DispatchListing& listing_;
  const ModuleTensors& own_;
  std::vector<LayerSites> sites_;  // by layer
  DispatchedOps ops_;
  SiteHook* hook_ = nullptr;
  size_t next_ = 0;
};

}  // namespace qsweep
