#pragma once

#include "qsweep/model/script/batch_axis.hpp"
#include "qsweep/model/script/op_calls.hpp"
#include "qsweep/model/site_hook.hpp"
#include "qsweep/model/site_numbers.hpp"

#include <map>
#include <string>
#include <vector>

namespace qsweep {

/// Leads the tensors of an instrumented graph through the present hook. Throws TrialError at an op
/// that the listing did not see, since a hook would not either.
class HookCalls : public OpCalls {
 public:
  struct Op {
    std::string name;  // for messages
    bool listed = false;
    LayerSites sites;
    std::vector<int> operands;         // places of the activations
    std::map<int, BatchAxis> batches;  // by place, see ScriptLayer
    torch::Tensor added_bias;
  };

  SiteHook* hook = nullptr;
  std::vector<Op> ops;  // as instrument() lists them

  torch::Tensor at(int op, int place, torch::Tensor x) override;
  torch::Tensor at_relu(int op, torch::Tensor x) override;
  torch::Tensor at_sum(int op, torch::Tensor a, torch::Tensor b) override;
  torch::Tensor added_bias(int op) override { return ops[static_cast<size_t>(op)].added_bias; }
};

}  // namespace qsweep
