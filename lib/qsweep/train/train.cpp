#include "qsweep/train/train.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/random_stream.hpp"
#include "qsweep/data/batch.hpp"
#include "qsweep/model/named_tensors.hpp"
#include "qsweep/train/loss.hpp"
#include "qsweep/train/optimizer.hpp"
#include "qsweep/train/schedule.hpp"
#include "qsweep/train/weight_average.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <utility>

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

// Keeps nothing.
class NoCheckpoints : public Checkpoints {
 public:
  std::optional<TrainingState> take_last() override { return std::nullopt; }
  bool is_due(Moment /*moment*/) override { return false; }
  void keep(const TrainingState& /*state*/) override {}
};

class Trainer {
 public:
  Trainer(Model& model,
          Binding* binding,
          const Training& training,
          const TrainingSet& set,
          Checkpoints& checkpoints)
      : model_(model),
        binding_(binding),
        training_(training),
        set_(set),
        checkpoints_(checkpoints),
        optimizer_(training, tensors_of(model.parameters())),
        average_(training.ema) {
    if (training.distill) {
      set.teacher->train(false);
    }
  }

  /// Goes on where the last checkpoint was made. The epochs that are complete.
  int resume() {
    const std::optional<TrainingState> last = checkpoints_.take_last();
    if (last) {
      restore(*last);
    }
    return last ? last->epochs : 0;
  }

  void epoch(int number) {
    const int64_t first_step = steps_before_;
    begin(number);
    const std::vector<int64_t> order = shuffled(set_, number);
    RandomStream augmentation(set_.seed, set_.purpose + "/augment", static_cast<uint64_t>(number));
    const auto count = static_cast<int64_t>(order.size());
    const int64_t batch = std::min(training_.batch, count);
    // A last batch that is not full is left out: its statistics would weigh as much as a full
    // one's.
    const int64_t steps = count / batch;
    if (set_.augment) {
      skip_augmented_images(augmentation, first_step * batch);
    }
    for (int64_t step = first_step; step < steps; ++step) {
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
      if (step + 1 < steps && checkpoints_.is_due(Checkpoints::Moment::Step)) {
        checkpoints_.keep(state(number - 1, step + 1));
      }
    }
  }

  /// After an epoch but the last.
  void keep_if_due(int epochs) {
    if (checkpoints_.is_due(Checkpoints::Moment::Epoch)) {
      checkpoints_.keep(state(epochs, 0));
    }
  }

  /// Puts the averages of the weights into the model, or the trained ones back.
  void swap_average() { average_.swap(); }

 private:
  void begin(int number) {
    torch::manual_seed(  // of dropout
        RandomStream(set_.seed, set_.purpose + "/dropout", static_cast<uint64_t>(number)).bits());
    const bool goes_on = std::exchange(steps_before_, 0) > 0;
    if (goes_on) {
      dropout_generator().set_state(dropout_);
    }
    model_.train(true);
    if (training_.freeze_batchnorm && number > *training_.freeze_batchnorm) {
      model_.freeze_batch_norms();
    }
    quantizers_ = number > training_.quantize_after ? binding_ : nullptr;
    if (quantizers_ != nullptr) {
      quantizers_->begin_training({number - training_.quantize_after,
                                   training_.epochs - training_.quantize_after,
                                   training_.start_bits.value_or(0),
                                   set_.seed,
                                   goes_on});
    }
    follow(quantizers_);
  }

  // Optimizers and averages are of the present tensors; `quantizers` may be null.
  void follow(const Binding* quantizers) {
    NamedTensors trained = state_of(model_);
    if (quantizers != nullptr) {
      const NamedTensors learned = quantizers->parameters();
      optimizer_.set_quantizer_parameters(tensors_of(learned));
      add_part(trained, "", learned);
    }
    if (training_.ema > 0) {
      average_.follow(tensors_of(trained));
    }
  }

  TrainingState state(int epochs, int64_t steps) {
    TrainingState state{epochs, steps, {}};
    add_part(state.tensors, "model.", state_of(model_));
    add_part(state.tensors, "optimizer.", optimizer_.state());
    add_part(state.tensors, "average.", average_.state());
    if (binding_ != nullptr) {
      add_part(state.tensors, "quantizers.", binding_->state());
    }
    state.tensors.emplace_back("dropout", dropout_generator().get_state());
    return state;
  }

  void restore(const TrainingState& state) {
    load_state(model_, part_of(state.tensors, "model."), "checkpoint");
    if (binding_ != nullptr) {
      binding_->load_state(part_of(state.tensors, "quantizers."));
    }
    const NamedTensors optimizer = part_of(state.tensors, "optimizer.");
    follow(tensor_named(optimizer, "quantizers").defined() ? binding_ : nullptr);
    optimizer_.load_state(optimizer);
    average_.load_state(part_of(state.tensors, "average."));
    dropout_ = tensor_named(state.tensors, "dropout");
    steps_before_ = state.steps;
  }

  at::Generator dropout_generator() const {
    return at::globalContext().defaultGenerator(set_.device);
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
  Checkpoints& checkpoints_;
  int64_t steps_before_ = 0;  // of the next epoch, where it goes on
  Tensor dropout_;            // the state of its generator there
  Optimizer optimizer_;
  WeightAverage average_;  // of nothing without `ema`
};

}  // namespace

void train(Model& model,
           Binding* binding,
           const Training& training,
           const TrainingSet& set,
           const AfterEpoch& after_epoch,
           Checkpoints& checkpoints) {
  Trainer trainer(model, binding, training, set, checkpoints);
  for (int epoch = trainer.resume() + 1; epoch <= training.epochs; ++epoch) {
    trainer.epoch(epoch);
    trainer.swap_average();
    after_epoch(epoch);
    if (epoch < training.epochs) {
      trainer.swap_average();
      trainer.keep_if_due(epoch);
    }
  }
}

void train(Model& model,
           Binding* binding,
           const Training& training,
           const TrainingSet& set,
           const AfterEpoch& after_epoch) {
  NoCheckpoints none;
  train(model, binding, training, set, after_epoch, none);
}

}  // namespace qsweep
