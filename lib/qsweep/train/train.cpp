#include "qsweep/train/train.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/random_stream.hpp"
#include "qsweep/data/batch.hpp"
#include "qsweep/train/loss.hpp"
#include "qsweep/train/optimizer.hpp"
#include "qsweep/train/schedule.hpp"
#include "qsweep/train/weight_average.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

namespace qsweep {
namespace {

using torch::Tensor;

std::vector<Tensor> tensors_of(const NamedTensors& named) {
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : named) {
    tensors.push_back(tensor);
  }
  return tensors;
}

std::vector<int64_t> shuffled(const TrainingSet& set, int epoch) {
  RandomStream stream(set.seed, set.purpose + "/shuffle", static_cast<uint64_t>(epoch));
  std::vector<int64_t> order;
  for (const int64_t i : stream.permutation(static_cast<int64_t>(set.images.size()))) {
    order.push_back(set.images[static_cast<size_t>(i)]);
  }
  return order;
}

class Trainer {
 public:
  Trainer(Model& model, Binding* binding, const Training& training, const TrainingSet& set)
      : model_(model),
        binding_(binding),
        training_(training),
        set_(set),
        optimizer_(training, tensors_of(model.parameters())),
        average_(training.ema) {
    if (training.distill) {
      set.teacher->train(false);
    }
  }

  void epoch(int number) {
    begin(number);
    const std::vector<int64_t> order = shuffled(set_, number);
    RandomStream augmentation(set_.seed, set_.purpose + "/augment", static_cast<uint64_t>(number));
    const auto count = static_cast<int64_t>(order.size());
    const int64_t batch = std::min(training_.batch, count);
    // A last batch that is not full is left out: its statistics would weigh as much as a full
    // one's.
    const int64_t steps = count / batch;
    for (int64_t step = 0; step < steps; ++step) {
      const Images& images = *set_.dataset->train;
      const Batch loaded =
          set_.augment ? load_augmented_batch(
                             *set_.dataset, images, order, step * batch, batch, augmentation)
                       : load_batch(*set_.dataset, images, order, step * batch, batch);
      optimizer_.set_rate_factor(
          learning_rate_factor(training_, (number - 1) * steps + step, steps));
      const double loss = train_step(loaded);
      if (!std::isfinite(loss)) {
        throw NotFiniteError("the loss is not finite in epoch " + std::to_string(number) +
                             ", step " + std::to_string(step + 1));
      }
    }
  }

  /// Puts the averages of the weights into the model, or the trained ones back.
  void swap_average() { average_.swap(); }

 private:
  void begin(int number) {
    torch::manual_seed(  // of dropout
        RandomStream(set_.seed, set_.purpose + "/dropout", static_cast<uint64_t>(number)).bits());
    model_.train(true);
    if (training_.freeze_batchnorm && number > *training_.freeze_batchnorm) {
      model_.freeze_batch_norms();
    }
    quantizers_ = number > training_.quantize_after ? binding_ : nullptr;
    NamedTensors trained = state_of(model_);
    if (quantizers_ != nullptr) {
      quantizers_->begin_training({number - training_.quantize_after,
                                   training_.epochs - training_.quantize_after,
                                   training_.start_bits.value_or(0),
                                   set_.seed});
      const NamedTensors learned = quantizers_->parameters();
      optimizer_.set_quantizer_parameters(tensors_of(learned));
      trained.insert(trained.end(), learned.begin(), learned.end());
    }
    if (training_.ema > 0) {
      average_.follow(tensors_of(trained));
    }
  }

  double train_step(const Batch& batch) {
    optimizer_.zero_grad();
    const Tensor images = batch.images.to(set_.device);
    Targets targets{batch.labels.to(set_.device), {}};
    if (training_.distill) {
      const torch::NoGradGuard no_grad;
      targets.teacher_logits = set_.teacher->forward(images);
    }
    const Tensor loss = training_loss(training_, model_.forward(images, quantizers_), targets);
    loss.backward();
    optimizer_.step();
    if (quantizers_ != nullptr) {
      quantizers_->after_step();
    }
    average_.update();
    return loss.item<double>();
  }

  Model& model_;
  Binding* binding_;
  Binding* quantizers_ = nullptr;  // the binding while it quantizes
  const Training& training_;
  const TrainingSet& set_;
  Optimizer optimizer_;
  WeightAverage average_;  // of nothing without `ema`
};

}  // namespace

void train(Model& model,
           Binding* binding,
           const Training& training,
           const TrainingSet& set,
           const AfterEpoch& after_epoch) {
  Trainer trainer(model, binding, training, set);
  for (int epoch = 1; epoch <= training.epochs; ++epoch) {
    trainer.epoch(epoch);
    trainer.swap_average();
    after_epoch(epoch);
    if (epoch < training.epochs) {
      trainer.swap_average();
    }
  }
}

}  // namespace qsweep
