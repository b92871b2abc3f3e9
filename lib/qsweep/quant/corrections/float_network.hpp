#pragma once

#include "qsweep/model/model.hpp"

#include <torch/types.h>

#include <map>
#include <string>

namespace qsweep {

/// The float network that the corrections of the quantized one compare with: as it was before the
/// first of them.
class FloatNetwork {
 public:
  /// Keeps the model's present parameters and statistics.
  explicit FloatNetwork(Model& model);

  /// Computes with those, without gradients. Afterwards the model has again what corrections have
  /// made of them.
  torch::Tensor forward(const torch::Tensor& images, SiteHook* hook = nullptr) const;

 private:
  Model& model_;
  std::map<std::string, torch::Tensor> kept_;  // by name
};

}  // namespace qsweep
