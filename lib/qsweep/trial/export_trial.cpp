#include "qsweep/trial/export_trial.hpp"

#include "qsweep/config/utf8.hpp"
#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/data/batch.hpp"
#include "qsweep/model/script/trace_model.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/trial/kept_trial.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;
using Weights = std::map<std::string, Binding::QuantizedWeight>;  // by the parameter's name

// A weight that several layers read is one parameter.
Weights quantized_weights(const KeptTrial& kept) {
  Weights weights;
  if (!kept.binding) {
    return weights;
  }
  const std::vector<Layer>& layers = kept.model->layers();
  const std::vector<Site> sites = sites_of(layers);
  kept.binding->begin_evaluation();
  for (size_t i = 0; i < sites.size(); ++i) {
    const auto site = static_cast<int>(i);
    if (sites[i].kind != SiteKind::Weight || !kept.binding->quantizes(site)) {
      continue;
    }
    const std::string& name = layers[static_cast<size_t>(sites[i].layer)].weight_name;
    const Tensor weight = kept.model->tensors(sites[i].layer).weight;
    const auto [known, is_new] =
        weights.emplace(name, kept.binding->quantized_weight(site, weight));
    if (!is_new &&
        !known->second.values.equal(kept.binding->quantized_weight(site, weight).values)) {
      throw TrialError("the weight " + name +
                       " is quantized in two ways, one for each of the "
                       "layers that read it: as one tensor it cannot be exported");
    }
  }
  return weights;
}

NamedTensors state_without_folded(const KeptTrial& kept) {
  NamedTensors state;
  for (auto& [name, tensor] : state_of(*kept.model)) {
    if (kept.folded.count(name) == 0) {
      state.emplace_back(name, tensor);
    }
  }
  return state;
}

// Of int8, int16 and int32 the smallest that holds them.
Tensor narrowed(const Tensor& integers) {
  const auto low = integers.min().item<int64_t>();
  const auto high = integers.max().item<int64_t>();
  const auto fits = [&](int64_t bound) { return low >= -bound && high < bound; };
  return integers.to(fits(1 << 7) ? torch::kChar : fits(1 << 15) ? torch::kShort : torch::kInt);
}

void add_codes(NamedTensors& state,
               const std::string& name,
               const Binding::QuantizedWeight& weight) {
  if (!weight.levels) {
    throw TrialError("the weight " + name + " has no integer codes with a scale: '" +
                     weight.quantizer + "' gives none; 'quantized' and 'torchscript' export it");
  }
  const IntegerLevels& levels = *weight.levels;
  const Tensor integers = levels.first + levels.distance * weight.codes;
  Tensor values = integers.to(torch::kFloat) * levels.scale;
  if (levels.offset.defined()) {
    values = values + levels.offset;
  }
  if (!values.equal(weight.values)) {
    throw std::logic_error("the codes of " + name + " do not give its values");
  }
  state.emplace_back(name + ".codes", narrowed(integers));
  state.emplace_back(name + ".scale", levels.scale);
  if (levels.offset.defined()) {
    state.emplace_back(name + ".offset", levels.offset);
  }
}

NamedTensors with_quantized(const KeptTrial& kept, const Weights& weights) {
  NamedTensors state = state_without_folded(kept);
  for (auto& [name, tensor] : state) {
    if (const auto found = weights.find(name); found != weights.end()) {
      tensor = found->second.values;
    }
  }
  return state;
}

NamedTensors with_codes(const KeptTrial& kept, const Weights& weights) {
  if (weights.empty()) {
    throw TrialError("no weight of this trial is quantized: there are no codes to export");
  }
  NamedTensors state;
  for (const auto& [name, tensor] : state_without_folded(kept)) {
    if (const auto found = weights.find(name); found != weights.end()) {
      add_codes(state, name, found->second);
    } else {
      state.emplace_back(name, tensor);
    }
  }
  return state;
}

// Leaves weights as they are: they have been quantized for good.
class ActivationsAlone : public SiteHook {
 public:
  ActivationsAlone(Binding& binding, const std::vector<Site>& sites)
      : binding_(binding), sites_(sites) {}

  Tensor apply(int site, Tensor x) override {
    return is_weight(site) ? x : binding_.apply(site, std::move(x));
  }
  bool absorbs_relu(int site) const override { return binding_.absorbs_relu(site); }
  Tensor apply_to_relu(int site, Tensor x) override {
    return binding_.apply_to_relu(site, std::move(x));
  }

 private:
  bool is_weight(int site) const {
    return sites_[static_cast<size_t>(site)].kind == SiteKind::Weight;
  }

  Binding& binding_;
  const std::vector<Site>& sites_;
};

Tensor script_logits(torch::jit::Module& module, const EvaluationSet& set) {
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> logits;
  const auto count = static_cast<int64_t>(set.order.size());
  for (int64_t first = 0; first < count; first += set.batch) {
    const int64_t size = std::min(set.batch, count - first);
    const Batch batch = load_batch(*set.dataset, *set.images, set.order, first, size);
    logits.push_back(
        module.forward({batch.images.to(set.device)}).toTensor().to(torch::kCPU, torch::kFloat));
  }
  return torch::cat(logits);
}

torch::jit::Module traced(const Stage& stage, const KeptTrial& kept, const Weights& weights) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, parameter] : kept.model->parameters()) {
    if (const auto found = weights.find(name); found != weights.end()) {
      parameter.copy_(found->second.values);
    }
  }
  // Two images, so that nothing takes one as no batch at all.
  const Images& images = *stage.dataset.test;
  const int64_t count = std::min<int64_t>(2, images.count());
  const Tensor example =
      load_batch(stage.dataset, images, {0, count - 1}, 0, count).images.to(stage.device());
  if (!kept.binding) {
    return trace_model(*kept.model, nullptr, example);
  }
  for (auto& [name, learned] : kept.binding->parameters()) {
    learned.requires_grad_(false);  // a trace takes only such tensors as constants
  }
  const std::vector<Site> sites = sites_of(kept.model->layers());
  ActivationsAlone activations(*kept.binding, sites);
  return trace_model(*kept.model, &activations, example);
}

Json export_script(const Stage& stage, const KeptTrial& kept, const std::string& path) {
  const EvaluationSet set = stage.evaluation_set(*stage.dataset.test);
  const EvaluationResult wanted = evaluate(*kept.model, kept.binding.get(), set);
  torch::jit::Module module = traced(stage, kept, quantized_weights(kept));
  Tensor logits;
  try {
    logits = script_logits(module, set);
  } catch (const std::exception& error) {
    throw TrialError(
        "the network works for batches of two images alone once it is recorded as "
        "TorchScript: " +
        std::string(first_code_points(error.what(), 300)));
  }
  const int64_t images = wanted.logits.size(0);
  const int64_t same = (logits.argmax(1) == wanted.logits.argmax(1)).sum().item<int64_t>();
  if (same != images) {
    throw TrialError("as TorchScript it answers " + std::to_string(images - same) + " of " +
                     std::to_string(images) +
                     " images otherwise: a quantizer of it rounds "
                     "otherwise by LibTorch's operators");
  }
  std::ostringstream stream;
  module.save(stream);
  write_atomically(path, stream.str());
  return {{"images", images},
          {"top1", wanted.numbers.top1},
          {"equal_logits", (logits == wanted.logits).all(1).sum().item<int64_t>()}};
}

Json export_state(const KeptTrial& kept, const std::string& as, const std::string& path) {
  NamedTensors state;
  if (as == "state_dict") {
    state = state_without_folded(kept);
  } else if (as == "quantized") {
    state = with_quantized(kept, quantized_weights(kept));
  } else {
    state = with_codes(kept, quantized_weights(kept));
  }
  write_state_file(path, state);
  return {{"tensors", state.size()}};
}

}  // namespace

Json export_trial(const Trial& trial,
                  Workbench& bench,
                  const std::string& as,
                  const std::string& path) {
  Settings settings = trial.settings;
  resize_for(trial.model, settings.data);
  const OnStage on_stage = [](const std::string&, int, int) {};
  const Stage stage{trial, settings, bench.dataset(settings), bench, on_stage};
  const KeptTrial kept = open_kept(stage);
  Json told = as == "torchscript" ? export_script(stage, kept, path) : export_state(kept, as, path);
  told["file"] = path;
  told["as"] = as;
  return told;
}

}  // namespace qsweep
