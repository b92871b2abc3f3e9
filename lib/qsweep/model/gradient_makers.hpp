#pragma once

#include <torch/csrc/autograd/function.h>
#include <torch/types.h>

#include <memory>
#include <unordered_map>
#include <vector>

namespace qsweep {

/// Which layers made a tensor, read from autograd's graph, which sees through everything that only
/// moves data.
class GradientMakers {
 public:
  /// `image` is the network's input, and needs a gradient.
  explicit GradientMakers(const torch::Tensor& image);

  /// From here on that layer made the tensor.
  void add(const torch::Tensor& output, int layer);
  /// Ascending; -1 is the image. Empty: of parameters and constants alone.
  std::vector<int> of(const torch::Tensor& tensor) const;

 private:
  std::unordered_map<const torch::autograd::Node*, int> makers_;
  std::vector<std::shared_ptr<torch::autograd::Node>> alive_;  // so that addresses stay unique
};

}  // namespace qsweep
