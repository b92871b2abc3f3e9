#pragma once

#include "qsweep/model/layer_tensors.hpp"

#include <torch/types.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

/// The activations that a layer takes: one or two.
struct Operands {
  std::array<torch::Tensor, 2> tensors;
  int count = 0;

  torch::Tensor& operator[](int i) { return tensors[static_cast<size_t>(i)]; }
  const torch::Tensor& operator[](int i) const { return tensors[static_cast<size_t>(i)]; }
};

/// A layer as a wrapper sees it: what it is, what it computes, and where its weight stands.
struct Call {
  std::string type;                                 // "Conv2d"
  std::string op;                                   // "conv2d"
  std::function<torch::Tensor(Operands&)> forward;  // may consume its operands
  torch::Tensor* weight =
      nullptr;              // the member that forward reads; the parameter is registered elsewhere
  std::string weight_name;  // the parameter's own name: "weight"
  int64_t parameters = 0;   // numbers in all parameters of the layer
  std::function<LayerTensors()> tensors;  // of a layer with parameters
  std::function<void()> add_bias;         // of a product: registers a bias of zeros
  std::function<bool()> has_learned;  // of a batch norm: are its statistics those it has learned?
};

/// Stands in for a layer's call; it decides what the layer is given and what it gives on.
class Wrapper {
 public:
  virtual ~Wrapper() = default;
  virtual torch::Tensor forward(const Call& layer, Operands& operands) = 0;
};

/// A named place in a network that holds one layer. The network calls its slots; a wrapper put into
/// a slot sees every call. The layer's module stays in the module tree under its own name, so that
/// parameter names, `clone`, `save` and optimizers know nothing of it. Copies share the place.
class Slot {
 public:
  Slot() = default;
  explicit Slot(Call call) : state_(std::make_shared<State>(State{std::move(call), nullptr})) {}

  torch::Tensor operator()(torch::Tensor x) const {
    Operands operands;
    operands[0] = std::move(x);
    operands.count = 1;
    return run(operands);
  }
  torch::Tensor operator()(torch::Tensor a, torch::Tensor b) const {
    Operands operands;
    operands[0] = std::move(a);
    operands[1] = std::move(b);
    operands.count = 2;
    return run(operands);
  }

  const Call& call() const { return state_->call; }
  void wrap(std::shared_ptr<Wrapper> wrapper) const { state_->wrapper = std::move(wrapper); }

 private:
  struct State {
    Call call;
    std::shared_ptr<Wrapper> wrapper;
  };
  torch::Tensor run(Operands& operands) const {
    State& state = *state_;
    return state.wrapper ? state.wrapper->forward(state.call, operands)
                         : state.call.forward(operands);
  }
  std::shared_ptr<State> state_;
};

/// What a module made of slots has besides being a module. Not a Module itself: deriving two of
/// them works with LibTorch 1.13 only.
class Slots {
 public:
  virtual ~Slots() = default;
  const std::vector<std::pair<std::string, Slot>>& slots() const { return slots_; }

 protected:
  Slots() = default;
  Slots(const Slots&) = default;
  Slots& operator=(const Slots&) = default;
  /// Adds the slot, or replaces the one of that key: `clone()` copies a module and resets the copy.
  Slot add_slot(const std::string& key, Slot slot);

 private:
  std::vector<std::pair<std::string, Slot>> slots_;
};

}  // namespace qsweep
