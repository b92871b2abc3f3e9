#include "qsweep/model/script/hook_calls.hpp"

#include "qsweep/core/error.hpp"

#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

// -1: none.
int site_of(const HookCalls::Op& op, int place) {
  if (place == OpCalls::kOutput) {
    return op.sites.output;
  }
  if (place == OpCalls::kWeight) {
    return op.sites.weight;
  }
  for (size_t i = 0; i < op.operands.size(); ++i) {
    if (op.operands[i] == place) {
      return op.sites.input + static_cast<int>(i);
    }
  }
  return -1;
}

// Does the hook see the output as it is?
bool shows_plainly(const HookCalls::Op& op) {
  return op.listed && op.batches.count(OpCalls::kOutput) == 0;
}

}  // namespace

Tensor HookCalls::at(int number, int place, Tensor x) {
  const Op& op = ops[static_cast<size_t>(number)];
  if (hook == nullptr) {
    return x;
  }
  if (!op.listed) {
    if (place == kOutput && x.is_floating_point()) {
      throw TrialError("the script computes " + op.name +
                       " now, but not in evaluation on an image of zeros, by which its layers are "
                       "listed: it would stay in float");
    }
    return x;
  }
  const int site = site_of(op, place);
  const auto batch = op.batches.find(place);
  if (site < 0 || batch == op.batches.end()) {
    return site < 0 ? x : hook->apply(site, std::move(x));
  }
  x = batch_first(x, batch->second);
  return batch_back(hook->apply(site, std::move(x)), batch->second);
}

Tensor HookCalls::at_relu(int number, Tensor x) {
  const Op& op = ops[static_cast<size_t>(number)];
  if (hook == nullptr || !shows_plainly(op) || !hook->absorbs_relu(op.sites.output)) {
    return OpCalls::at_relu(number, std::move(x));
  }
  return hook->apply_to_relu(op.sites.output, std::move(x));
}

Tensor HookCalls::at_sum(int number, Tensor a, Tensor b) {
  const Op& op = ops[static_cast<size_t>(number)];
  if (hook == nullptr || !shows_plainly(op) || a.sizes() != b.sizes() ||
      !hook->absorbs_add(op.sites.output)) {
    return OpCalls::at_sum(number, std::move(a), std::move(b));
  }
  return hook->apply_to_sum(op.sites.output, std::move(a), std::move(b));
}

}  // namespace qsweep
