#pragma once

#include "qsweep/model/model.hpp"

#include <torch/nn/module.h>

#include <functional>
#include <memory>

namespace qsweep {

/// A network made of slots as a Model.
class NativeModel : public Model {
 public:
  /// The module tree, which wrapping leaves alone: its names, `clone()` and `save()` are those of
  /// the plain network. A clone is not wrapped.
  virtual const std::shared_ptr<torch::nn::Module>& module() const = 0;
};

/// Runs the network once on an image of zeros to list its layers.
std::unique_ptr<NativeModel> make_native_model(std::shared_ptr<torch::nn::Module> module,
                                               std::function<torch::Tensor(torch::Tensor)> forward,
                                               const InputShape& input);

/// The same for a module holder's content: `make_native_model(std::make_shared<ResNet>(...),
/// input)`.
template <class Network>
std::unique_ptr<NativeModel> make_native_model(std::shared_ptr<Network> network,
                                               const InputShape& input) {
  Network* raw = network.get();
  return make_native_model(
      std::shared_ptr<torch::nn::Module>(std::move(network)),
      [raw](torch::Tensor x) { return raw->forward(std::move(x)); },
      input);
}

}  // namespace qsweep
