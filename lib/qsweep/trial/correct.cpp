#include "qsweep/model/named_tensors.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/trial/stages.hpp"

namespace qsweep {
namespace {

LayerGraph graph_of(const Stage& stage, const Model& model) {
  const size_t sites = sites_of(model.layers()).size();
  return LayerGraph(model.layers(), quantizers_by_site(stage.trial.groups, sites));
}

// Every correction looks for its layers, since later ones find what earlier ones leave.
template <class IsWanted>
void correct(const Stage& stage, Model& model, Binding& binding, IsWanted is_wanted) {
  LayerGraph graph = graph_of(stage, model);
  const FloatNetwork float_network(model);
  const EachBatch images = calibration_batches(stage);
  for (const Correction& correction : stage.settings.corrections) {
    const CorrectionEntry& entry = correction_entry(correction.name);
    const std::vector<int> layers = entry.find(graph);
    if (is_wanted(entry.info)) {
      stage.on_stage(correction.name, 0, 0);
      model.train(false);
      entry.apply({model,
                   binding,
                   float_network,
                   graph,
                   layers,
                   correction.parameters,
                   images,
                   stage.settings.seed});
    }
  }
}

}  // namespace

std::vector<Correction> float_corrections(const Stage& stage) {
  std::vector<Correction> corrections;
  for (const Correction& correction : stage.settings.corrections) {
    if (!correction_entry(correction.name).info.of_quantized) {
      corrections.push_back(correction);
    }
  }
  return corrections;
}

void correct_float(const Stage& stage, Model& model, Binding& binding) {
  correct(
      stage, model, binding, [](const Catalog::Correction& info) { return !info.of_quantized; });
}

void correct_quantized(const Stage& stage, Model& model, Binding& binding) {
  const bool finds_ranges = stage.settings.calibrate.after == "quantized";
  correct(stage, model, binding, [&](const Catalog::Correction& info) {
    if (info.of_quantized && finds_ranges) {
      binding.calibrate_on_first_tensor(true);
    }
    return info.of_quantized;
  });
  binding.calibrate_on_first_tensor(false);
}

std::vector<int> correct_structure(const Stage& stage, Model& model, const NamedTensors& weights) {
  LayerGraph graph = graph_of(stage, model);
  for (const Correction& correction : stage.settings.corrections) {
    correction_entry(correction.name).find(graph);
  }
  std::vector<int> bypassed;
  for (int layer = 0; layer < graph.size(); ++layer) {
    if (graph.is_bypassed(layer)) {
      model.bypass(layer);
      bypassed.push_back(layer);
    }
    if (graph.is_product(layer) && tensor_named(weights, graph[layer].name + ".bias").defined()) {
      model.add_bias(layer);
    }
  }
  return bypassed;
}

}  // namespace qsweep
