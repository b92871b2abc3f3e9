#include "qsweep/quant/corrections/same_function.hpp"

#include "qsweep/core/error.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <fmt/format.h>

namespace qsweep {
namespace {

constexpr int64_t kMostImages = 16;
constexpr double kTolerance = 1e-3;

}  // namespace

SameFunction::SameFunction(const CorrectionTask& task) : model_(task.model) {
  task.each_batch([this](const torch::Tensor& batch) {
    if (!images_.defined()) {
      images_ = batch.narrow(0, 0, std::min(kMostImages, batch.size(0)));
    }
  });
  expected_ = logits();
}

torch::Tensor SameFunction::logits() const {
  const torch::NoGradGuard no_grad;
  model_.train(false);
  return model_.forward(images_);
}

void SameFunction::check(const std::string& correction) const {
  const double change = (logits() - expected_).abs().max().item<double>();
  const double largest = expected_.abs().max().item<double>();
  if (!(change <= kTolerance * largest)) {
    throw TrialError(fmt::format(
        "{} changed what the float network computes: a logit by {:.3g}, the largest being {:.3g}",
        correction,
        change,
        largest));
  }
}

}  // namespace qsweep
