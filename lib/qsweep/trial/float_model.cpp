#include "qsweep/trial/float_model.hpp"

#include <torch/torch.h>

#include <numeric>

#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/core/random_stream.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/train/train.hpp"

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
  throw IoError(unknown_name("model", name, names));
}

Json pretraining_key(const Trial& trial, const Dataset& dataset, const Workbench& bench) {
  const Settings& settings = trial.settings;
  return {{"stage", "pretrain"},
          {"model", trial.model.zoo},
          {"parameters", trial.model.parameters},
          {"data", dataset.fingerprint},
          {"mean", dataset.mean},
          {"std", dataset.std},
          {"augment", settings.data.augment},
          {"pretrain", *settings.pretrain},
          {"seed", settings.seed},
          {"platform", bench.platform()}};
}

NamedTensors pretrain(Model& model,
                      const Settings& settings,
                      const Dataset& dataset,
                      const Workbench& bench,
                      const OnStage& on_stage) {
  const Training& training = *settings.pretrain;
  on_stage("pretrain", 0, training.epochs);
  TrainingSet set;
  set.dataset = &dataset;
  set.images.resize(static_cast<size_t>(dataset.train->count()));
  std::iota(set.images.begin(), set.images.end(), 0);
  set.augment = settings.data.augment == "crop_flip";
  set.seed = settings.seed;
  set.purpose = "pretrain";
  set.device = bench.options().device;
  train(model, nullptr, training, set, [&](int epoch) {
    on_stage("pretrain", epoch, training.epochs);
  });
  return state_of(model);
}

}  // namespace

std::unique_ptr<Model> make_model(const ModelTable& models,
                                  const TrialModel& wanted,
                                  const Dataset& dataset,
                                  uint64_t seed) {
  ModelOptions options;
  options.input = {dataset.channels, dataset.height, dataset.width};
  options.classes = static_cast<int64_t>(dataset.classes.size());
  options.parameters = wanted.parameters;
  torch::manual_seed(RandomStream(seed, "initialise").bits());
  return entry_of(models, wanted.zoo).make(options);
}

std::unique_ptr<Model> float_model(const Trial& trial,
                                   const Dataset& dataset,
                                   Workbench& bench,
                                   const OnStage& on_stage) {
  auto model = make_model(bench.models(), trial.model, dataset, trial.settings.seed);
  if (!trial.model.weights.empty()) {
    load_state(*model, read_state_file(trial.model.weights), trial.model.weights);
    model->to(bench.options().device);
    return model;
  }
  model->to(bench.options().device);
  const Json key = pretraining_key(trial, dataset, bench);
  const NamedTensors state = bench.kept_stages().get(key, [&] {
    return pretrain(*model, trial.settings, dataset, bench, on_stage);
  });
  load_state(*model, state, bench.kept_stages().path_of(key));
  return model;
}

std::string pretrained_path(const Trial& trial, const Dataset& dataset, const Workbench& bench) {
  if (!trial.model.weights.empty()) {
    return "";
  }
  return bench.kept_stages().path_of(
      pretraining_key(trial, dataset, bench));
}

}  // namespace qsweep
