#pragma once

#include "qsweep/model/slot.hpp"

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace qsweep {

// The type and op of a module's layer, as TorchScript names them.
template <class Impl>
struct LayerNames;
#define QSWEEP_LAYER_NAMES(Impl, type_name, op_name) \
  template <>                                        \
  struct LayerNames<torch::nn::Impl> {               \
    static constexpr const char* kType = type_name;  \
    static constexpr const char* kOp = op_name;      \
  };
QSWEEP_LAYER_NAMES(Conv2dImpl, "Conv2d", "conv2d")
QSWEEP_LAYER_NAMES(LinearImpl, "Linear", "linear")
QSWEEP_LAYER_NAMES(BatchNorm1dImpl, "BatchNorm1d", "batch_norm")
QSWEEP_LAYER_NAMES(BatchNorm2dImpl, "BatchNorm2d", "batch_norm")
QSWEEP_LAYER_NAMES(LayerNormImpl, "LayerNorm", "layer_norm")
#undef QSWEEP_LAYER_NAMES

// nn::Linear computes tokens, (N, T, C), as a product and a sum; Python and TorchScript have one op
// for both, whose last bits differ.
inline torch::Tensor call_module(torch::nn::LinearImpl& linear, const torch::Tensor& x) {
  return torch::linear(x, linear.weight, linear.bias);
}
template <class Impl>
torch::Tensor call_module(Impl& module, const torch::Tensor& x) {
  return module.forward(x);
}

// Only products can be made with or without a bias.
template <class Impl, class = void>
struct IsProduct : std::false_type {};
template <class Impl>
struct IsProduct<Impl, std::void_t<decltype(std::declval<Impl&>().options.bias(true))>>
    : std::true_type {};

template <class Impl, class = void>
struct HasStatistics : std::false_type {};
template <class Impl>
struct HasStatistics<Impl, std::void_t<decltype(Impl::running_mean)>> : std::true_type {};

template <class Impl>
LayerTensors tensors_of(const Impl& module) {
  LayerTensors tensors;
  tensors.weight = module.weight;
  tensors.bias = module.bias;
  if constexpr (HasStatistics<Impl>::value) {
    tensors.mean = module.running_mean;
    tensors.variance = module.running_var;
    tensors.eps = module.options.eps();
  }
  return tensors;
}

// A product that was made without a bias has registered an undefined one, which only a module can
// replace; its options say so too, for `clone()`.
template <class Impl>
void register_bias(Impl& product) {
  struct Access : torch::nn::Module {
    using Module::parameters_;
  };
  product.bias = torch::zeros({product.weight.size(0)}, product.weight.options());
  product.bias.requires_grad_();
  (static_cast<torch::nn::Module&>(product).*(&Access::parameters_))["bias"] = product.bias;
  product.options.bias(true);
}

/// A module made of slots: a network of the zoo, or a block of one.
///
///   struct Block : Net<Block> {
///     Slot conv1, bn1, relu;
///     void reset() override {
///       conv1 = child("conv1", nn::Conv2d(...));   // a layer with parameters: a child and a slot
///       bn1 = child("bn1", nn::BatchNorm2d(16));
///       relu = op("relu", ops::relu());            // a layer without: a slot
///     }
///     Tensor forward(Tensor x) { return relu(bn1(conv1(std::move(x)))); }
///   };
///
/// Slots are made in `reset()`, since `clone()` calls it on the copy. Blocks inside are ordinary
/// children (register_module) and are called directly. Move tensors into slots where they are not
/// needed again: evaluation then works in place.
template <class Derived>
class Net : public torch::nn::Cloneable<Derived>, public Slots {
 protected:
  /// A child module that is a layer, under its own name, and its slot.
  template <class Impl>
  Slot child(const std::string& name, torch::nn::ModuleHolder<Impl> holder) {
    std::shared_ptr<Impl> module = holder.ptr();
    this->register_module(name, module);
    Call call;
    call.type = LayerNames<Impl>::kType;
    call.op = LayerNames<Impl>::kOp;
    for (const auto& parameter : module->parameters()) {
      call.parameters += parameter.numel();
    }
    Impl* raw = module.get();
    call.tensors = [raw] { return tensors_of(*raw); };
    // Only products have a weight in the sense of a policy; a norm's scale is not one.
    if constexpr (IsProduct<Impl>::value) {
      call.weight = &raw->weight;
      call.weight_name = "weight";
      call.add_bias = [raw] { register_bias(*raw); };
    }
    if constexpr (HasStatistics<Impl>::value) {
      call.has_learned = [raw] { return !raw->is_training() && raw->running_mean.defined(); };
    }
    call.forward = [raw](Operands& x) { return call_module(*raw, x[0]); };
    return add_slot(name, Slot(std::move(call)));
  }

  /// A layer without parameters. The second call of its slot in one forward is named "<key>.1": a
  /// module has one slot for all calls of one op.
  Slot op(const std::string& key, Call call) { return add_slot(key, Slot(std::move(call))); }
};

}  // namespace qsweep
