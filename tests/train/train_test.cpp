#include "qsweep/train/train.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/train/evaluate.hpp"

#include <limits>
#include <numeric>

#include "support/catch.hpp"
#include "support/small_data.hpp"
#include "support/tiny_net.hpp"
#include "train/training_set.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Training training(const std::string& optimizer, double lr, int epochs) {
  Training t;
  t.epochs = epochs;
  t.optimizer = optimizer;
  t.lr = lr;
  t.batch = 32;
  return t;
}

std::unique_ptr<Model> seeded_net() {
  torch::manual_seed(3);
  return tiny_net();
}

double accuracy(Model& model, const Dataset& dataset) {
  EvaluationSet set;
  set.dataset = &dataset;
  set.images = dataset.test.get();
  set.order.resize(static_cast<size_t>(dataset.test->count()));
  std::iota(set.order.begin(), set.order.end(), 0);
  return evaluate(model, nullptr, set).numbers.top1;
}

}  // namespace

TEST_CASE("every optimizer changes every parameter and lowers the loss", "[train]") {
  const Dataset dataset = small_dataset();
  for (const auto& [optimizer, lr] :
       {std::pair{"sgd", 0.05}, std::pair{"adam", 0.01}, std::pair{"adamw", 0.01}}) {
    INFO(optimizer);
    const auto model = seeded_net();
    const auto untrained = seeded_net();
    EvaluationSet set;
    set.dataset = &dataset;
    set.images = dataset.test.get();
    set.order = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const double before = evaluate(*model, nullptr, set).numbers.loss;
    int epochs = 0;
    train(*model,
          nullptr,
          training(optimizer, lr, 3),
          test::whole_training_set(dataset),
          [&](int epoch) { CHECK(epoch == ++epochs); });
    CHECK(epochs == 3);
    CHECK(evaluate(*model, nullptr, set).numbers.loss < before);
    for (size_t i = 0; i < model->parameters().size(); ++i) {
      CHECK_FALSE(model->parameters()[i].second.equal(untrained->parameters()[i].second));
    }
  }
}

TEST_CASE("training repeats bit for bit, and another seed differs", "[train]") {
  const Dataset dataset = small_dataset();
  const auto result = [&](uint64_t seed, bool augment) {
    const auto model = seeded_net();
    TrainingSet set = test::whole_training_set(dataset);
    set.seed = seed;
    set.augment = augment;
    train(*model, nullptr, training("sgd", 0.05, 2), set, [](int) {});
    return model->parameters()[0].second.detach().clone();
  };
  CHECK(result(1, true).equal(result(1, true)));
  CHECK_FALSE(result(1, true).equal(result(2, true)));
  CHECK_FALSE(result(1, true).equal(result(1, false)));
}

TEST_CASE("a step is what SGD with momentum and weight decay says", "[train]") {
  // One batch, one step: w - lr (g + decay w), with the gradient computed here.
  const Dataset dataset = small_dataset();
  const auto model = seeded_net();
  Training t = training("sgd", 0.1, 1);
  t.batch = 320;
  t.weight_decay = 0.01;
  const auto twin = seeded_net();
  twin->train(true);
  EvaluationSet set;
  std::vector<int64_t> order(320);
  std::iota(order.begin(), order.end(), 0);
  Tensor images = torch::empty({320, 3, 8, 8});
  Tensor labels = torch::empty({320}, torch::kLong);
  for (int64_t i = 0; i < 320; ++i) {
    const auto* pixels = dataset.train->pixels(i);
    const Tensor bytes = torch::from_blob(const_cast<uint8_t*>(pixels), {8, 8, 3}, torch::kByte);
    images[i] = (bytes.permute({2, 0, 1}).to(torch::kFloat) / 255 - 0.4) / 0.25;
    labels[i] = dataset.train->label(i);
  }
  torch::cross_entropy_loss(twin->forward(images), labels).backward();
  train(*model, nullptr, t, test::whole_training_set(dataset), [](int) {});
  for (size_t i = 0; i < model->parameters().size(); ++i) {
    const Tensor& w = twin->parameters()[i].second;
    CHECK(torch::allclose(
        model->parameters()[i].second, w - 0.1 * (w.grad() + 0.01 * w), 1e-4, 1e-5));
  }
}

TEST_CASE("training teaches the small images", "[train]") {
  const Dataset dataset = small_dataset();
  const auto model = seeded_net();
  train(*model, nullptr, training("adam", 0.02, 20), test::whole_training_set(dataset), [](int) {});
  CHECK(accuracy(*model, dataset) > 30);  // chance is 20
}

TEST_CASE("a loss that is not finite ends with its epoch and step", "[train]") {
  const Dataset dataset = small_dataset();
  const auto model = seeded_net();
  const Training t = training("sgd", std::numeric_limits<double>::infinity(), 2);
  CHECK_THROWS_WITH(train(*model, nullptr, t, test::whole_training_set(dataset), [](int) {}),
                    "the loss is not finite in epoch 1, step 2");
}
