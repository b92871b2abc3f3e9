#pragma once

#include "qsweep/model/native_model.hpp"

#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <utility>

namespace qsweep {

/// A module of C++ as anybody writes it as a Model: its members, its forward and what it calls know
/// nothing of qsweep. Each op of its forward is intercepted in LibTorch's dispatcher, above
/// autograd.
///
/// A layer with parameters has their path as its name ("layer1.0.conv1"). Modules cannot be seen
/// from the dispatcher, so that a layer without has the path of the module whose parameters were
/// used last before it, and its op: "layer1.0.bn1.relu", the next one "layer1.0.bn1.relu.1".
///
/// The ops are those of a run in evaluation on an image of zeros. The forward has to run the same
/// ones each time, whatever the images and in training too, but for ops that only move data; else
/// the trial fails. `forward` takes (N, C, H, W) and returns (N, classes). Throws IoError: an op
/// that is in no table, a weight that is computed, another output.
std::unique_ptr<NativeModel> make_dispatch_model(
    std::shared_ptr<torch::nn::Module> module,
    std::function<torch::Tensor(torch::Tensor)> forward,
    const InputShape& input);

/// The same of a module with `Tensor forward(Tensor)`.
template <class Network>
std::unique_ptr<NativeModel> make_dispatch_model(std::shared_ptr<Network> network,
                                                 const InputShape& input) {
  Network* raw = network.get();
  return make_dispatch_model(
      std::shared_ptr<torch::nn::Module>(std::move(network)),
      [raw](torch::Tensor x) { return raw->forward(std::move(x)); },
      input);
}

}  // namespace qsweep
