#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/core/random_stream.hpp"
#include "qsweep/model/one_dnn.hpp"
#include "qsweep/model/script/script_model.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/plan/identity.hpp"
#include "qsweep/trial/stages.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <chrono>

namespace qsweep {
namespace {

const ModelEntry& entry_of(const ModelTable& models, const std::string& name) {
  std::vector<std::string> names;
  for (const ModelEntry& entry : models) {
    if (entry.info.name == name) {
      return entry;
    }
    names.push_back(entry.info.name);
  }
  throw TrialError(unknown_name("model", name, names));
}

Json pretraining_key(const Stage& stage) {
  return {{"stage", "pretrain"},
          {"model", stage.trial.model.zoo},
          {"parameters", stage.trial.model.parameters},
          {"data", stage.dataset.fingerprint},
          {"mean", stage.dataset.mean},
          {"std", stage.dataset.std},
          {"augment", stage.settings.data.augment},
          {"pretrain", training_identity(*stage.settings.pretrain)},
          {"seed", stage.settings.seed},
          {"platform", stage.bench.platform()}};
}

// Beside what it becomes.
std::string pretraining_checkpoint(const Stage& stage) {
  return pretrained_path(stage) + ".checkpoint";
}

NamedTensors pretrain(const Stage& stage, Model& model) {
  const Training& training = *stage.settings.pretrain;
  const auto report = [&](int epoch) { stage.on_stage("pretrain", epoch, training.epochs); };
  FileCheckpoints checkpoints(pretraining_checkpoint(stage),
                              pretraining_key(stage),
                              "pretrain",
                              stage.bench.options().signals);
  report(checkpoints.epochs());
  train(model, nullptr, training, stage.training_set("pretrain"), report, checkpoints);
  return state_of(model);
}

NamedTensors pretrained_state(const Stage& stage, Model& model, double& seconds) {
  bool is_new = false;
  NamedTensors state = stage.bench.kept_stages().get(pretraining_key(stage), [&] {
    is_new = true;
    const auto start = std::chrono::steady_clock::now();
    NamedTensors trained = pretrain(stage, model);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return trained;
  });
  if (is_new) {
    remove_checkpoint(pretraining_checkpoint(stage));
  }
  return state;
}

// With weights of its own, if it is a script; otherwise initialised from the seed.
std::unique_ptr<Model> new_model(const ModelTable& models,
                                 const TrialModel& wanted,
                                 ModelOptions options,
                                 uint64_t seed) {
  if (!wanted.script.empty()) {
    return load_script_model(
        wanted.script, options.input, options.classes, wanted.parameters.value("output", Json()));
  }
  options.parameters = wanted.parameters;
  torch::manual_seed(RandomStream(seed, "initialise").bits());
  return entry_of(models, wanted.zoo).make(options);
}

}  // namespace

ModelOptions options_for(const Dataset& dataset) {
  ModelOptions options;
  options.input = {dataset.channels, dataset.height, dataset.width};
  options.classes = static_cast<int64_t>(dataset.classes.size());
  return options;
}

std::unique_ptr<Model> make_model(const ModelTable& models,
                                  const TrialModel& wanted,
                                  const ModelOptions& options,
                                  uint64_t seed) {
  auto model = new_model(models, wanted, options, seed);
  settle_one_dnn(*model, options.input);
  return model;
}

std::unique_ptr<Model> float_model(const Stage& stage, double& pretraining_seconds) {
  const TrialModel& wanted = stage.trial.model;
  auto model = make_model(
      stage.bench.tables().models, wanted, options_for(stage.dataset), stage.settings.seed);
  model->to(stage.device());
  if (!wanted.script.empty()) {
    return model;
  }
  if (!wanted.weights.empty()) {
    load_state(*model, read_state_file(wanted.weights), wanted.weights);
    return model;
  }
  load_state(*model, pretrained_state(stage, *model, pretraining_seconds), pretrained_path(stage));
  return model;
}

std::string pretrained_path(const Stage& stage) {
  const TrialModel& model = stage.trial.model;
  return model.weights.empty() && model.script.empty()
             ? stage.bench.kept_stages().path_of(pretraining_key(stage))
             : "";
}

}  // namespace qsweep
