#include "qsweep/model/dispatch/op_replay.hpp"

#include "qsweep/core/error.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;
using Part = ListedOp::Part;

const char* const kSameOps =
    " when its layers were listed, in evaluation on an image of zeros; its forward has to run the "
    "same ops each time, or some would stay in float";

// The sum of two activations as they are.
bool is_sum(const ListedOp& listed, const DispatchedOp& op, const torch::jit::Stack& stack) {
  return op.name == "add" && listed.operands.size() == 2 && op.arguments == 3 &&
         op.argument(stack, 2).isScalar() && op.argument(stack, 2).toScalar().equal(1) &&
         op.argument(stack, 0).toTensor().sizes() == op.argument(stack, 1).toTensor().sizes();
}

}  // namespace

OpReplay::OpReplay(const DispatchListing& listing, const ModuleTensors& own)
    : changes(listing.layers.size()),
      listing_(listing),
      own_(own),
      sites_(sites_by_layer(listing.layers)) {}

void OpReplay::begin(SiteHook* hook) {
  hook_ = hook;
  next_ = 0;
}

void OpReplay::call(const c10::OperatorHandle& handle, torch::jit::Stack& stack) {
  const DispatchedOp& op = ops_.of(handle);
  if (!op.counts(stack, own_)) {
    handle.callBoxed(&stack);
    return;
  }
  const ListedOp& listed = next(op);
  if (listed.part == Part::None) {
    handle.callBoxed(&stack);
  } else {
    compute(listed, op, handle, stack);
  }
}

void OpReplay::end() const {
  if (next_ < listing_.ops.size()) {
    throw TrialError("the module ended before '" + listing_.ops[next_].name +
                     "', which it computed" + kSameOps);
  }
}

const ListedOp& OpReplay::next(const DispatchedOp& op) {
  if (next_ == listing_.ops.size()) {
    throw TrialError("the module computes '" + op.name + "' where it had ended" + kSameOps);
  }
  const ListedOp& listed = listing_.ops[next_];
  if (listed.schema != op.schema) {
    throw TrialError("the module computes '" + op.name + "' where it computed '" + listed.name +
                     "'" + kSameOps);
  }
  ++next_;
  return listed;
}

void OpReplay::compute(const ListedOp& listed,
                       const DispatchedOp& op,
                       const c10::OperatorHandle& handle,
                       torch::jit::Stack& stack) {
  const Tensor target = op.writes ? op.argument(stack, 0).toTensor() : Tensor();
  const bool copies = op.writes && torch::GradMode::is_enabled();
  if (copies) {  // what is written stays as it is for the gradients of those who took it before
    op.argument(stack, 0) = target.clone();
  }
  const Tensor copy = copies ? op.argument(stack, 0).toTensor() : Tensor();
  lead_operands(listed, op, stack);
  lead_weight(listed, op, stack);
  if (copies && !op.argument(stack, 0).toTensor().is_same(copy)) {  // likewise what the hook gave
    op.argument(stack, 0) = op.argument(stack, 0).toTensor().clone();
  }
  Tensor output = output_of(listed, op, handle, stack);
  if (op.writes && !output.is_same(target)) {
    target.copy_(output);
    output = target;
  }
  torch::jit::push(stack, std::move(output));
}

void OpReplay::lead_operands(const ListedOp& listed,
                             const DispatchedOp& op,
                             torch::jit::Stack& stack) {
  if (hook_ == nullptr) {
    return;
  }
  int site = sites_[static_cast<size_t>(listed.layer)].input;
  for (const int position : listed.operands) {
    c10::IValue& argument = op.argument(stack, position);
    argument = hook_->apply(site++, std::move(argument).toTensor());
  }
}

void OpReplay::lead_weight(const ListedOp& listed,
                           const DispatchedOp& op,
                           torch::jit::Stack& stack) {
  if (listed.weight < 0) {
    return;
  }
  const auto layer = static_cast<size_t>(listed.layer);
  const Tensor& weight = listing_.tensors[layer].weight;
  if (!op.argument(stack, listed.weight).toTensor().is_alias_of(weight)) {
    throw TrialError("the module computes '" + listing_.layers[layer].name +
                     "' with another weight than" + kSameOps);
  }
  if (hook_ != nullptr) {
    const Tensor quantized = hook_->apply(sites_[layer].weight, weight);
    if (!quantized.is_same(weight)) {
      op.argument(stack, listed.weight) = listed.transposed ? quantized.t() : quantized;
    }
  }
  if (changes[layer].added_bias.defined() && listed.bias >= 0) {
    op.argument(stack, listed.bias) = changes[layer].added_bias;
  }
}

// Takes the arguments from the stack.
Tensor OpReplay::output_of(const ListedOp& listed,
                           const DispatchedOp& op,
                           const c10::OperatorHandle& handle,
                           torch::jit::Stack& stack) {
  const auto layer = static_cast<size_t>(listed.layer);
  const Change& change = changes[layer];
  const int site = sites_[layer].output;
  const bool leads = hook_ != nullptr && listed.part != Part::Product;
  Tensor output;
  if (change.bypassed) {
    output = op.argument(stack, listed.operands.front()).toTensor();
  } else if (leads && op.name == "relu" && hook_->absorbs_relu(site)) {
    output = hook_->apply_to_relu(site, op.argument(stack, 0).toTensor());
    torch::jit::drop(stack, op.arguments);
    return output;
  } else if (leads && is_sum(listed, op, stack) && hook_->absorbs_add(site)) {
    output = hook_->apply_to_sum(
        site, op.argument(stack, 0).toTensor(), op.argument(stack, 1).toTensor());
    torch::jit::drop(stack, op.arguments);
    return output;
  } else if (change.added_bias.defined() && listed.bias < 0) {
    output = torch::linear(op.argument(stack, listed.operands.front()).toTensor(),
                           op.argument(stack, listed.weight).toTensor().t(),
                           change.added_bias);
  } else {
    handle.callBoxed(&stack);
    output = torch::jit::pop(stack).toTensor();
    return leads ? hook_->apply(site, std::move(output)) : output;
  }
  torch::jit::drop(stack, op.arguments);
  return leads ? hook_->apply(site, std::move(output)) : output;
}

}  // namespace qsweep
