#include "qsweep/trial/stages.hpp"

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

}  // namespace

FinetuneResult finetune(const Stage& stage, Model& model, Binding& binding) {
  const Training& training = *stage.settings.finetune;
  TrainingSet set = stage.training_set("finetune");
  const auto teacher = training.distill ? float_model(stage) : nullptr;
  set.teacher = teacher.get();
  FinetuneResult result;
  double best_choice = -1;
  stage.on_stage("finetune", 0, training.epochs);
  train(model, &binding, training, set, [&](int epoch) {
    stage.on_stage("finetune", epoch, training.epochs);
    if (epoch <= training.quantize_after) {
      calibrate_anew(stage, model, binding);
    }
    result.last = evaluate(model, &binding, stage.evaluation_set(*stage.dataset.test));
    if (!binding.at_target_bits()) {
      return;  // with more bits than the policy's it is no candidate
    }
    const double choice = choice_of(stage, model, binding, result.last);
    if (choice > best_choice) {
      best_choice = choice;
      result.best_top1 = result.last.numbers.top1;
    }
  });
  return result;
}

}  // namespace qsweep
