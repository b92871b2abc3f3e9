#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qsweep {

/// The parameters and buffers of a module tree, found by the tensors themselves.
class ModuleTensors {
 public:
  explicit ModuleTensors(const torch::nn::Module& module);

  /// "layer1.0.conv1.weight"; null for a tensor that is none of them.
  const std::string* path_of(const torch::Tensor& tensor) const;
  /// The two-dimensional parameter whose transpose the tensor is; undefined if there is none.
  torch::Tensor transposed_by(const torch::Tensor& tensor) const;

 private:
  std::unordered_map<const c10::TensorImpl*, std::string> paths_;
  std::vector<torch::Tensor> parameters_;
};

/// "layer1.0.conv1" of "layer1.0.conv1.weight"; empty for a tensor of the network itself.
std::string owner_of(const std::string& path);

}  // namespace qsweep
