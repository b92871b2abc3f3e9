#include "qsweep/train/train.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/random_stream.hpp"
#include "qsweep/data/batch.hpp"
#include "qsweep/train/optimizer.hpp"
#include "qsweep/train/schedule.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace qsweep {
namespace {

using torch::Tensor;
namespace F = torch::nn::functional;

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
      : model_(model), binding_(binding), training_(training), set_(set) {
    std::vector<Tensor> parameters;
    for (const auto& [name, parameter] : model.parameters()) {
      parameters.push_back(parameter);
    }
    optimizer_ = make_optimizer(training, parameters);
  }

  void epoch(int number) {
    model_.train(true);
    if (binding_ != nullptr) {
      binding_->begin_training({number, training_.epochs, 0, set_.seed});
    }
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
      set_learning_rate(
          *optimizer_,
          training_.lr * learning_rate_factor(training_, (number - 1) * steps + step, steps));
      const double loss = train_step(loaded);
      if (!std::isfinite(loss)) {
        throw NotFiniteError("the loss is not finite in epoch " + std::to_string(number) +
                             ", step " + std::to_string(step + 1));
      }
    }
  }

 private:
  double train_step(const Batch& batch) {
    optimizer_->zero_grad();
    const Tensor logits = model_.forward(batch.images.to(set_.device), binding_);
    const Tensor loss =
        F::cross_entropy(logits,
                         batch.labels.to(set_.device),
                         F::CrossEntropyFuncOptions().label_smoothing(training_.label_smoothing));
    loss.backward();
    optimizer_->step();
    if (binding_ != nullptr) {
      binding_->after_step();
    }
    return loss.item<double>();
  }

  Model& model_;
  Binding* binding_;
  const Training& training_;
  const TrainingSet& set_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
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
    after_epoch(epoch);
  }
}

}  // namespace qsweep
