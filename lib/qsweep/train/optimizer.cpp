#include "qsweep/train/optimizer.hpp"

#include "qsweep/core/error.hpp"

#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>
#include <torch/types.h>

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

namespace optim = torch::optim;
using torch::Tensor;

std::unique_ptr<optim::Optimizer> make_optimizer(const Training& training,
                                                 std::vector<Tensor> parameters) {
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

Training for_quantizers(Training training) {
  training.lr = training.quantizer_lr.value_or(training.lr);
  training.weight_decay = training.quantizer_weight_decay.value_or(training.weight_decay);
  return training;
}

const std::vector<Tensor>& parameters_of(const optim::Optimizer& optimizer) {
  return optimizer.param_groups()[0].params();
}

void set_learning_rate(optim::Optimizer& optimizer, double lr) {
  optimizer.param_groups()[0].options().set_lr(lr);
}

}  // namespace

Optimizer::Optimizer(const Training& training, std::vector<Tensor> weights)
    : training_(training), weights_(make_optimizer(training, std::move(weights))) {}

void Optimizer::set_quantizer_parameters(const std::vector<Tensor>& parameters) {
  const std::vector<Tensor> known =
      quantizers_ ? parameters_of(*quantizers_) : std::vector<Tensor>();
  const auto is_same = [](const Tensor& a, const Tensor& b) { return a.is_same(b); };
  if (!std::equal(known.begin(), known.end(), parameters.begin(), parameters.end(), is_same)) {
    quantizers_ =
        parameters.empty() ? nullptr : make_optimizer(for_quantizers(training_), parameters);
  }
}

void Optimizer::set_rate_factor(double factor) {
  set_learning_rate(*weights_, training_.lr * factor);
  if (quantizers_) {
    set_learning_rate(*quantizers_, for_quantizers(training_).lr * factor);
  }
}

void Optimizer::zero_grad() {
  weights_->zero_grad();
  if (quantizers_) {
    quantizers_->zero_grad();
  }
}

void Optimizer::step() {
  if (training_.clip_gradient) {
    torch::nn::utils::clip_grad_norm_(parameters(), *training_.clip_gradient);
  }
  weights_->step();
  if (quantizers_) {
    quantizers_->step();
  }
}

std::vector<Tensor> Optimizer::parameters() const {
  std::vector<Tensor> all = parameters_of(*weights_);
  if (quantizers_) {
    const std::vector<Tensor>& more = parameters_of(*quantizers_);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace qsweep
