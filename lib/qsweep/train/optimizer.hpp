#pragma once

#include "qsweep/config/settings.hpp"
#include "qsweep/model/model.hpp"

#include <torch/optim/optimizer.h>

#include <memory>
#include <vector>

namespace qsweep {

/// SGD, Adam or AdamW, as the settings say, over a model's weights and over what its quantizers
/// learn, each with a learning rate and a weight decay of its own.
class Optimizer {
 public:
  Optimizer(const Training& training, std::vector<torch::Tensor> weights);

  /// What quantizers learn from here on. If it is not the same as before, its momentum starts anew.
  void set_quantizer_parameters(const std::vector<torch::Tensor>& parameters);
  /// Where the schedule is: both learning rates are multiplied by it.
  void set_rate_factor(double factor);

  void zero_grad();
  /// Scales the gradient of all parameters together down to the norm `clip_gradient`, if it is
  /// above, and changes the parameters.
  void step();

  /// What it remembers from step to step, momentum among it. Bytes of LibTorch's own format.
  NamedTensors state() const;
  /// Of an optimizer of the same parameters. What quantizers learn must have been set.
  void load_state(const NamedTensors& state);

 private:
  std::vector<torch::Tensor> parameters() const;

  Training training_;
  std::unique_ptr<torch::optim::Optimizer> weights_;
  std::unique_ptr<torch::optim::Optimizer> quantizers_;  // null where nothing is learned
};

}  // namespace qsweep
