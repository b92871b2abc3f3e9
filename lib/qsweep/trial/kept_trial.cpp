#include "qsweep/trial/kept_trial.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/state_file.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <filesystem>

namespace qsweep {
namespace {

std::string kept_file(const Stage& stage, const std::string& name) {
  const std::string path =
      stage.bench.options().run_directory + "/trials/" + stage.trial.id + '/' + name;
  if (!std::filesystem::exists(path)) {
    throw IoError(path,
                  "is not there: trials leave their weights where the experiment file says 'keep: "
                  "last' or 'keep: best' when they run");
  }
  return path;
}

// Those of bypassed layers.
std::set<std::string> tensors_of(const std::vector<int>& layers, const Model& model) {
  std::set<std::string> names;
  for (const int layer : layers) {
    const std::string prefix = model.layers()[static_cast<size_t>(layer)].name + '.';
    for (const auto& [name, tensor] : state_of(model)) {
      if (name.compare(0, prefix.size(), prefix) == 0) {
        names.insert(name);
      }
    }
  }
  return names;
}

// What quantizers learn may come into being with the first tensor that they see, so they see one
// before the rest of their state is loaded.
void restore_binding(const NamedTensors& state,
                     const Stage& stage,
                     Model& model,
                     Binding& binding) {
  const torch::NoGradGuard no_grad;
  binding.load_state(state);
  model.train(false);
  binding.begin_evaluation();
  const Dataset& data = stage.dataset;
  model.forward(torch::zeros({1, data.channels, data.height, data.width}).to(stage.device()),
                &binding);
  binding.load_state(state);
}

}  // namespace

KeptTrial open_kept(const Stage& stage) {
  const std::string path = kept_file(stage, "weights.pt");
  const NamedTensors weights = read_state_file(path);
  KeptTrial kept;
  kept.model = make_model(stage.bench.tables().models,
                          stage.trial.model,
                          options_for(stage.dataset),
                          stage.settings.seed);
  kept.model->to(stage.device());
  if (!stage.trial.is_float()) {
    kept.folded = tensors_of(correct_structure(stage, *kept.model, weights), *kept.model);
  }
  load_state(*kept.model, weights, path);
  if (!stage.trial.is_float()) {
    kept.binding = std::make_unique<Binding>(
        kept.model->layers(), stage.trial.groups, stage.bench.tables().quantizers);
    restore_binding(
        read_state_file(kept_file(stage, "binding.pt")), stage, *kept.model, *kept.binding);
  }
  return kept;
}

}  // namespace qsweep
