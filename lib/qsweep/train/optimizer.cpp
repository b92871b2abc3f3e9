#include "qsweep/train/optimizer.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/named_tensors.hpp"

#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>
#include <torch/serialize/archive.h>
#include <torch/types.h>

#include <algorithm>
#include <cstring>
#include <sstream>
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

Tensor bytes_of(const optim::Optimizer& optimizer) {
  torch::serialize::OutputArchive archive;
  optimizer.save(archive);
  std::ostringstream stream;
  archive.save_to(stream);
  const std::string text = stream.str();
  Tensor bytes = torch::empty({static_cast<int64_t>(text.size())}, torch::kByte);
  std::memcpy(bytes.data_ptr<uint8_t>(), text.data(), text.size());
  return bytes;
}

// The parameters may have moved to another device since. Those of quantizers may be on several;
// then they are where they were.
void load_bytes(optim::Optimizer& optimizer, const Tensor& bytes) {
  const std::vector<Tensor>& parameters = parameters_of(optimizer);
  const torch::Device device = parameters[0].device();
  const bool together = std::all_of(
      parameters.begin(), parameters.end(), [&](const Tensor& p) { return p.device() == device; });
  const char* data = reinterpret_cast<const char*>(bytes.data_ptr<uint8_t>());
  const auto size = static_cast<size_t>(bytes.numel());
  torch::serialize::InputArchive archive;
  if (together) {
    archive.load_from(data, size, device);
  } else {
    archive.load_from(data, size);
  }
  optimizer.load(archive);
}

// As torch's clip_grad_norm_, which wants all of them on one device.
void clip_gradients(const std::vector<Tensor>& parameters, double most) {
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> norms;
  for (const Tensor& parameter : parameters) {
    if (parameter.grad().defined()) {
      norms.push_back(parameter.grad().norm(2).to(parameters[0].device()));
    }
  }
  if (norms.empty()) {
    return;
  }
  const Tensor norm = norms.size() == 1 ? norms[0] : torch::stack(norms).norm(2);
  const Tensor factor = (most / (norm + 1e-6)).clamp_max(1.0);
  for (const Tensor& parameter : parameters) {
    if (parameter.grad().defined()) {
      parameter.grad().mul_(factor.to(parameter.grad().device()));
    }
  }
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
    clip_gradients(parameters(), *training_.clip_gradient);
  }
  weights_->step();
  if (quantizers_) {
    quantizers_->step();
  }
}

NamedTensors Optimizer::state() const {
  NamedTensors state{{"weights", bytes_of(*weights_)}};
  if (quantizers_) {
    state.emplace_back("quantizers", bytes_of(*quantizers_));
  }
  return state;
}

void Optimizer::load_state(const NamedTensors& state) {
  load_bytes(*weights_, tensor_named(state, "weights"));
  if (quantizers_) {
    load_bytes(*quantizers_, tensor_named(state, "quantizers"));
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
