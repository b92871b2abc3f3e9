#pragma once

#include <functional>
#include <memory>

#include <torch/nn/module.h>

#include "qsweep/model/model.hpp"

namespace qsweep {

/// A network made of slots as a Model. Runs it once on an image of zeros to list its layers.
std::unique_ptr<Model> make_native_model(std::shared_ptr<torch::nn::Module> module,
                                         std::function<torch::Tensor(torch::Tensor)> forward,
                                         const InputShape& input);

/// The same for a module holder's content: `make_native_model(std::make_shared<ResNet>(...), input)`.
template <class Network>
std::unique_ptr<Model> make_native_model(std::shared_ptr<Network> network, const InputShape& input) {
  Network* raw = network.get();
  return make_native_model(
      std::shared_ptr<torch::nn::Module>(std::move(network)),
      [raw](torch::Tensor x) { return raw->forward(std::move(x)); },
      input);
}

}  // namespace qsweep
