#include "qsweep/train/evaluate.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/data/batch.hpp"

#include <torch/nn/functional/loss.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace qsweep {
namespace {

using torch::Tensor;

Tensor run(Model& model, Binding* binding, const EvaluationSet& set, std::vector<int64_t>& labels) {
  std::vector<Tensor> logits;
  const auto count = static_cast<int64_t>(set.order.size());
  for (int64_t first = 0; first < count; first += set.batch) {
    const int64_t size = std::min(set.batch, count - first);
    const Batch batch = load_batch(*set.dataset, *set.images, set.order, first, size);
    logits.push_back(model.forward(batch.images.to(set.device), binding).to(torch::kCPU));
    const auto* label = batch.labels.data_ptr<int64_t>();
    labels.insert(labels.end(), label, label + size);
  }
  return torch::cat(logits).to(torch::kFloat).contiguous();
}

}  // namespace

EvaluationResult evaluate(Model& model, Binding* binding, const EvaluationSet& set) {
  const auto start = std::chrono::steady_clock::now();
  const torch::NoGradGuard no_grad;
  model.train(false);
  if (binding != nullptr) {
    binding->begin_evaluation();
  }
  EvaluationResult result;
  std::vector<int64_t> label_list;
  result.logits = run(model, binding, set, label_list);
  if (binding != nullptr) {
    binding->end_evaluation();
  }
  if (!torch::isfinite(result.logits).all().item<bool>()) {
    throw NotFiniteError("the logits show NaN or infinity");
  }
  const Tensor labels = torch::tensor(label_list, torch::kLong);
  const int64_t images = result.logits.size(0);
  const int64_t top = std::min<int64_t>(5, result.logits.size(1));
  const Tensor best = std::get<1>(result.logits.topk(top, 1));
  const Tensor hits = best == labels.unsqueeze(1);
  const Tensor first = hits.select(1, 0).contiguous();
  result.correct.assign(first.data_ptr<bool>(), first.data_ptr<bool>() + images);
  const auto percent = [images](const Tensor& which) {
    return 100.0 * static_cast<double>(which.sum().item<int64_t>()) / static_cast<double>(images);
  };
  result.numbers.images = images;
  result.numbers.top1 = percent(first);
  result.numbers.top5 = percent(hits.any(1));
  result.numbers.loss =
      torch::nn::functional::cross_entropy(result.logits.to(torch::kDouble), labels).item<double>();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  result.seconds = passed.count();
  return result;
}

double sqnr_db(const Tensor& reference, const Tensor& logits) {
  const Tensor signal = reference.to(torch::kDouble);
  const Tensor noise = signal - logits.to(torch::kDouble);
  return 10 *
         std::log10(signal.square().sum().item<double>() / noise.square().sum().item<double>());
}

}  // namespace qsweep
