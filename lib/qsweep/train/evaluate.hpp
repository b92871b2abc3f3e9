#pragma once

#include "qsweep/data/dataset.hpp"
#include "qsweep/journal/record.hpp"
#include "qsweep/model/model.hpp"
#include "qsweep/quant/binding.hpp"

#include <cstdint>
#include <vector>

namespace qsweep {

/// Which images to evaluate, how many at a time, and where.
struct EvaluationSet {
  const Dataset* dataset = nullptr;
  const Images* images = nullptr;
  std::vector<int64_t> order;
  int64_t batch = 100;
  torch::Device device = torch::kCPU;
};

struct EvaluationResult {
  Evaluation numbers;
  std::vector<bool> correct;  // per image of `order`: is the top answer right?
  torch::Tensor logits;       // float (images, classes), on the CPU
  double seconds = 0;         // that it took
};

/// Runs the model in evaluation mode, without gradients; `binding` may be null. Top-1 and top-5 in
/// percent, the mean cross-entropy. Throws TrialError if a logit is NaN or infinite.
EvaluationResult evaluate(Model& model, Binding* binding, const EvaluationSet& set);

/// Signal to quantization noise of logits, 10 log10(sum x^2 / sum (x - y)^2), in decibels, in
/// double. Infinite where they are equal; NaN where the signal is zero.
double sqnr_db(const torch::Tensor& reference, const torch::Tensor& logits);

}  // namespace qsweep
