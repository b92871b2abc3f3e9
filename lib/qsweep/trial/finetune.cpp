#include "qsweep/core/error.hpp"
#include "qsweep/journal/checkpoint_path.hpp"
#include "qsweep/trial/stages.hpp"

#include <chrono>

namespace qsweep {
namespace {

// What the best epoch is chosen by.
double choice_of(const Stage& stage,
                 Model& model,
                 Binding& binding,
                 const EvaluationResult& tested) {
  if (!stage.dataset.validation) {
    return tested.numbers.top1;
  }
  return evaluate(model, &binding, stage.evaluation_set(*stage.dataset.validation)).numbers.top1;
}

EvaluationResult evaluate_after(int epoch, const Stage& stage, Model& model, Binding& binding) {
  try {
    return evaluate(model, &binding, stage.evaluation_set(*stage.dataset.test));
  } catch (const NotFiniteError& error) {
    throw NotFiniteError("after epoch " + std::to_string(epoch) + ": " + error.what());
  }
}

// What is kept with each checkpoint beside the training itself.
struct Progress {
  double best_choice = -1;
  double best_top1 = 0;
  double seconds = 0;

  static Progress from(const std::vector<double>& numbers) {
    return numbers.size() == 3 ? Progress{numbers[0], numbers[1], numbers[2]} : Progress();
  }
  std::vector<double> numbers() const { return {best_choice, best_top1, seconds}; }
};

FileCheckpoints checkpoints_of(const Stage& stage) {
  const Workbench::Options& options = stage.bench.options();
  return {checkpoint_path(options.run_directory, stage.trial.id),
          {{"trial", stage.trial.id}, {"platform", stage.bench.platform()}},
          "finetune",
          options.signals};
}

}  // namespace

FinetuneResult finetune(const Stage& stage, Model& model, Binding& binding) {
  const Training& training = *stage.settings.finetune;
  TrainingSet set = stage.training_set("finetune");
  double no_seconds = 0;  // what it starts from has been pretrained
  const auto teacher = training.distill ? float_model(stage, no_seconds) : nullptr;
  set.teacher = teacher.get();
  FileCheckpoints checkpoints = checkpoints_of(stage);
  Progress progress = Progress::from(checkpoints.numbers());
  FinetuneResult result;
  result.earlier_seconds = progress.seconds;
  const auto start = std::chrono::steady_clock::now();
  stage.on_stage("finetune", checkpoints.epochs(), training.epochs);
  const auto after_epoch = [&](int epoch) {
    stage.on_stage("finetune", epoch, training.epochs);
    if (epoch <= training.quantize_after) {
      calibrate_anew(stage, model, binding);
    }
    result.last = evaluate_after(epoch, stage, model, binding);
    // With more bits than the policy's it is no candidate, nor before bits begin to come down.
    const bool is_candidate =
        binding.at_target_bits() && !(training.start_bits && epoch <= training.quantize_after);
    const double choice = is_candidate ? choice_of(stage, model, binding, result.last) : -1;
    if (choice > progress.best_choice) {
      progress.best_choice = choice;
      progress.best_top1 = result.last.numbers.top1;
      if (stage.bench.options().keep == "best") {
        leave_weights(stage, model, &binding);
      }
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    progress.seconds = result.earlier_seconds + passed.count();
    checkpoints.numbers() = progress.numbers();
  };
  train(model, &binding, training, set, after_epoch, checkpoints);
  result.best_top1 = progress.best_top1;
  return result;
}

}  // namespace qsweep
