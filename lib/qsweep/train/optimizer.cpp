#include "qsweep/train/optimizer.hpp"

#include "qsweep/core/error.hpp"

#include <torch/torch.h>

#include <utility>

namespace qsweep {

namespace optim = torch::optim;

std::unique_ptr<optim::Optimizer> make_optimizer(const Training& training,
                                                 std::vector<torch::Tensor> parameters) {
  if (training.optimizer == "sgd") {
    return std::make_unique<optim::SGD>(std::move(parameters),
                                        optim::SGDOptions(training.lr)
                                            .momentum(training.momentum)
                                            .nesterov(training.nesterov)
                                            .weight_decay(training.weight_decay));
  }
  const std::tuple<double, double> betas{training.beta1, training.beta2};
  if (training.optimizer == "adam") {
    return std::make_unique<optim::Adam>(
        std::move(parameters),
        optim::AdamOptions(training.lr).betas(betas).weight_decay(training.weight_decay));
  }
  if (training.optimizer == "adamw") {
    return std::make_unique<optim::AdamW>(
        std::move(parameters),
        optim::AdamWOptions(training.lr).betas(betas).weight_decay(training.weight_decay));
  }
  throw TrialError("unknown optimizer '" + training.optimizer + "'; known are sgd, adam, adamw");
}

void set_learning_rate(optim::Optimizer& optimizer, double lr) {
  for (auto& group : optimizer.param_groups()) {
    group.options().set_lr(lr);
  }
}

}  // namespace qsweep
