#pragma once

#include "qsweep/plan/trial.hpp"
#include "qsweep/quant/binding.hpp"
#include "qsweep/train/evaluate.hpp"
#include "qsweep/train/train.hpp"
#include "qsweep/trial/workbench.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// Told where a trial is. Epochs are 0 for stages without.
using OnStage = std::function<void(const std::string& stage, int epoch, int epochs)>;

/// What every stage of a trial reads.
struct Stage {
  const Trial& trial;
  const Settings& settings;
  const Dataset& dataset;
  Workbench& bench;
  const OnStage& on_stage;

  int64_t classes() const { return static_cast<int64_t>(dataset.classes.size()); }
  torch::Device device() const { return bench.options().device; }
  /// The images of a split that are evaluated.
  EvaluationSet evaluation_set(const Images& images) const;
  /// The whole training split; `purpose` names the random streams.
  TrainingSet training_set(const std::string& purpose) const;
};

/// Makes the data of the size that the model asks for.
void resize_for(const TrialModel& model, DataSettings& data);

/// What a network for that data set is made from, but for parameters of its own.
ModelOptions options_for(const Dataset& dataset);

/// A network: a script with its weights, or one of the zoo, initialised from the seed. LibTorch is
/// made to compute it right, see settle_one_dnn(). Throws IoError if a script cannot be used, or
/// the network cannot take the images.
std::unique_ptr<Model> make_model(const ModelTable& models,
                                  const TrialModel& wanted,
                                  const ModelOptions& options,
                                  uint64_t seed);

/// The float model of a trial: its weights those of its script, or read from their file, or
/// pretrained, once for all trials that want the same; if it was this one that did, its seconds are
/// added. Throws TrialStopped.
std::unique_ptr<Model> float_model(const Stage& stage, double& pretraining_seconds);

/// The file with the pretrained weights of a trial's model; empty if it has weights of its own.
std::string pretrained_path(const Stage& stage);

/// The float model's answers on the evaluated images. The float trial computes and keeps them; the
/// others read them.
EvaluationResult float_reference(const Stage& stage, Model& model);

/// The images that show ranges, of the training split.
EachBatch calibration_batches(const Stage& stage);

/// Sets the ranges of the binding's inputs and outputs. Statistics of the float model, as the
/// corrections of the float network have left it, are shared by all trials of it.
void calibrate(const Stage& stage, Model& model, Binding& binding);

/// The same for a model that is being trained: ranges of its own, in place of those from before.
void calibrate_anew(const Stage& stage, Model& model, Binding& binding);
/// The trial's corrections of the float network, which come before calibration.
void correct_float(const Stage& stage, Model& model, Binding& binding);
std::vector<Correction> float_corrections(const Stage& stage);

/// Its corrections of the quantized network, whose ranges are set. They keep these ranges; where
/// ranges are calibrated behind quantized layers, each finds them anew.
void correct_quantized(const Stage& stage, Model& model, Binding& binding);

/// What the trial's corrections change of a fresh model beside values: biases of those names, and
/// bypassed layers, which it returns.
std::vector<int> correct_structure(const Stage& stage, Model& model, const NamedTensors& weights);

struct FinetuneResult {
  EvaluationResult last;
  double earlier_seconds = 0;  // of earlier attempts, up to the last epoch before their checkpoint
  double best_top1 = 0;  // of the epoch that the validation split chose, or, without one, the best
};

/// Trains the model behind its binding, and evaluates it quantized after each epoch. Epochs that
/// train in float are followed by a calibration. Goes on from the trial's checkpoint, if it has
/// one. Throws TrialStopped.
FinetuneResult finetune(const Stage& stage, Model& model, Binding& binding);

/// Leaves in the trial's folder weights.pt, a state_dict of the model as it is, and binding.pt, the
/// state of a binding, which may be null: what `keep` asks for.
void leave_weights(const Stage& stage, const Model& model, const Binding* binding);

/// Leaves in the trial's folder correct.bits; with a binding layers.csv, and quantizers.pt, what
/// its quantizers learned; weights.pt of a model that was pretrained.
void leave_files(const Stage& stage,
                 const Model& model,
                 const Binding* binding,
                 const EvaluationResult& result);

}  // namespace qsweep
