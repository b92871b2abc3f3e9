#pragma once

#include "qsweep/quant/correction.hpp"

#include <torch/types.h>

namespace qsweep {

/// Guards a correction that must not change what the float network computes: remembers its answers
/// to some of the images.
class SameFunction {
 public:
  explicit SameFunction(const CorrectionTask& task);

  /// Throws TrialError if a logit has changed by more than a thousandth of the largest.
  void check(const std::string& correction) const;

 private:
  torch::Tensor logits() const;

  Model& model_;
  torch::Tensor images_;
  torch::Tensor expected_;
};

}  // namespace qsweep
