#include "qsweep/trial/facts_of.hpp"

#include "qsweep/model/one_dnn.hpp"
#include "qsweep/model/script/script_model.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/trial/stages.hpp"

#include <torch/version.h>

namespace qsweep {

DataFacts facts_of(const Dataset& dataset) {
  DataFacts facts;
  facts.classes = dataset.classes;
  facts.channels = dataset.channels;
  facts.height = dataset.height;
  facts.width = dataset.width;
  facts.train_images = dataset.train->count();
  facts.test_images = dataset.test->count();
  facts.shared_images = dataset.shared_images;
  facts.fingerprint = dataset.fingerprint;
  facts.validation = dataset.validation_fingerprint;
  facts.warnings = dataset.warnings;
  return facts;
}

ModelFacts facts_of(const ModelTable& models,
                    const TrialModel& wanted,
                    const ModelOptions& options) {
  const auto model = make_model(models, wanted, options, /*seed=*/0);
  ModelFacts facts;
  if (const auto* script = dynamic_cast<const ScriptModel*>(model.get())) {
    facts.warnings = script->frozen_modes().in_evaluation;
    facts.training_warnings = script->frozen_modes().in_training;
  }
  if (!uses_one_dnn()) {
    facts.warnings.push_back("the oneDNN of LibTorch " TORCH_VERSION
                             " computes its convolutions wrong on this CPU, so that it is computed "
                             "without, which takes longer");
  }
  facts.layers = model->layers();
  for (const auto& [name, parameter] : model->parameters()) {
    facts.parameters += parameter.numel();
  }
  if (!wanted.script.empty()) {
    facts.weights = script_fingerprint(wanted.script);
  } else if (!wanted.weights.empty()) {
    load_state(*model, read_state_file(wanted.weights), wanted.weights);
    facts.weights = fingerprint_of(state_of(*model));
  }
  return facts;
}

}  // namespace qsweep
