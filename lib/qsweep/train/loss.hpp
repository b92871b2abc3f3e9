#pragma once

#include "qsweep/config/settings.hpp"

#include <torch/types.h>

namespace qsweep {

/// What a batch should be answered with.
struct Targets {
  torch::Tensor labels;          // int64 (N)
  torch::Tensor teacher_logits;  // float (N, classes), without gradient; only if there is `distill`
};

/// What a step of the training lowers, the mean over a batch's logits (N, classes): the loss that
/// `loss` names and, with `distill`, its mixture with the divergence from the teacher's answers.
torch::Tensor training_loss(const Training& training,
                            const torch::Tensor& logits,
                            const Targets& targets);

/// The mean over images and classes of max(0, 1 - t y), with t = 1 for an image's class and -1 for
/// the others; `power` 2 squares each (BinaryNet, arXiv:1602.02830, with 2).
torch::Tensor hinge_loss(const torch::Tensor& logits, const torch::Tensor& labels, int power);

/// T^2 KL(softmax(teacher / T) || softmax(logits / T)), the mean over images: the factor keeps the
/// size of gradients as T changes (Hinton et al. 2015, arXiv:1503.02531, section 2).
torch::Tensor distillation_loss(const torch::Tensor& logits,
                                const torch::Tensor& teacher_logits,
                                double temperature);

}  // namespace qsweep
