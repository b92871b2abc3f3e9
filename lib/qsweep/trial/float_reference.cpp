#include "qsweep/trial/stages.hpp"

#include <torch/types.h>

#include <algorithm>

namespace qsweep {
namespace {

using torch::Tensor;

Tensor to_bytes(const std::vector<bool>& bits) {
  Tensor bytes = torch::empty({static_cast<int64_t>(bits.size())}, torch::kByte);
  std::copy(bits.begin(), bits.end(), bytes.data_ptr<uint8_t>());
  return bytes;
}

EvaluationResult from_kept(const NamedTensors& kept) {
  EvaluationResult result;
  result.logits = kept.at(0).second;
  const Tensor& bytes = kept.at(1).second;
  result.correct.assign(bytes.data_ptr<uint8_t>(), bytes.data_ptr<uint8_t>() + bytes.numel());
  return result;
}

}  // namespace

EvaluationResult float_reference(const Stage& stage, Model& model) {
  EvaluationResult own;
  const auto compute = [&] {
    stage.on_stage("evaluate", 0, 0);
    own = evaluate(model, nullptr, stage.evaluation_set(*stage.dataset.test));
    return NamedTensors{{"logits", own.logits}, {"correct", to_bytes(own.correct)}};
  };
  const Json key = {{"stage", "float"}, {"trial", stage.trial.float_trial}};
  const NamedTensors kept = stage.bench.run_stages().get(key, compute);
  if (stage.trial.is_float() && !own.logits.defined()) {
    compute();  // what its row shows is measured by it, whatever was kept
  }
  return own.logits.defined() ? own : from_kept(kept);
}

}  // namespace qsweep
