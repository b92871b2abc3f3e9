#include "qsweep/train/loss.hpp"

#include "qsweep/core/error.hpp"

#include <torch/nn/functional/loss.h>
#include <torch/types.h>

namespace qsweep {
namespace {

using torch::Tensor;
namespace F = torch::nn::functional;

Tensor label_loss(const Training& training, const Tensor& logits, const Tensor& labels) {
  if (training.loss == "cross_entropy") {
    return F::cross_entropy(
        logits, labels, F::CrossEntropyFuncOptions().label_smoothing(training.label_smoothing));
  }
  if (training.loss == "hinge" || training.loss == "squared_hinge") {
    return hinge_loss(logits, labels, training.loss == "hinge" ? 1 : 2);
  }
  throw TrialError("unknown loss '" + training.loss +
                   "'; known are cross_entropy, squared_hinge, hinge");
}

}  // namespace

Tensor hinge_loss(const Tensor& logits, const Tensor& labels, int power) {
  const Tensor signs = torch::full_like(logits, -1).scatter_(1, labels.unsqueeze(1), 1.0);
  const Tensor missing = torch::relu(1 - signs * logits);
  return (power == 2 ? missing.square() : missing).mean();
}

Tensor distillation_loss(const Tensor& logits, const Tensor& teacher_logits, double temperature) {
  const Tensor student = torch::log_softmax(logits / temperature, 1);
  const Tensor teacher = torch::log_softmax(teacher_logits / temperature, 1);
  const Tensor divergence = F::kl_div(
      student, teacher, F::KLDivFuncOptions().reduction(torch::kBatchMean).log_target(true));
  return temperature * temperature * divergence;
}

Tensor training_loss(const Training& training, const Tensor& logits, const Targets& targets) {
  const Tensor from_labels = label_loss(training, logits, targets.labels);
  if (!training.distill) {
    return from_labels;
  }
  const auto& [temperature, weight] = *training.distill;
  return (1 - weight) * from_labels +
         weight * distillation_loss(logits, targets.teacher_logits, temperature);
}

}  // namespace qsweep
