// What each option of a training does to a whole one. Most of it on one batch per epoch: then
// `after_epoch` sees every step.

#include "qsweep/data/batch.hpp"
#include "qsweep/train/train.hpp"

#include <cmath>
#include <map>

#include "support/catch.hpp"
#include "support/small_data.hpp"
#include "support/tiny_net.hpp"
#include "train/training_set.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

struct NormNet : Net<NormNet> {
  Slot conv, bn, relu, mean, linear;
  NormNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv = child("conv", nn::Conv2d(nn::Conv2dOptions(3, 4, 3).padding(1).bias(false)));
    bn = child("bn", nn::BatchNorm2d(4));
    relu = op("relu", ops::relu());
    mean = op("mean", ops::mean({2, 3}));
    linear = child("linear", nn::Linear(4, 5));
  }
  Tensor forward(Tensor x) { return linear(mean(relu(bn(conv(std::move(x)))))); }
};

std::unique_ptr<Model> norm_net(uint64_t seed = 3) {
  torch::manual_seed(seed);
  return make_native_model(std::make_shared<NormNet>(), InputShape{3, 8, 8});
}

Training one_step_per_epoch(int epochs) {
  Training training;
  training.epochs = epochs;
  training.lr = 0.1;
  training.batch = 320;
  return training;
}

// Copies of a model's tensors by name.
using State = std::map<std::string, Tensor>;

State state_now(const Model& model) {
  State state;
  for (const auto& [name, tensor] : state_of(model)) {
    state[name] = tensor.detach().clone();
  }
  return state;
}

bool are_equal(const State& a, const State& b) {
  for (const auto& [name, tensor] : a) {
    if (!tensor.equal(b.at(name))) {
      return false;
    }
  }
  return a.size() == b.size();
}

// The states that a training shows after its epochs; the first is the one before.
std::vector<State> states_of(Model& model,
                             Binding* binding,
                             const Training& training,
                             const TrainingSet& set) {
  std::vector<State> states{state_now(model)};
  train(model, binding, training, set, [&](int) { states.push_back(state_now(model)); });
  return states;
}

std::vector<State> states_of(const Training& training) {
  const Dataset dataset = small_dataset();
  return states_of(*norm_net(), nullptr, training, test::whole_training_set(dataset));
}

// Of everything that is trained: buffers are called running_ or num_.
double norm_of_change(const State& before, const State& after) {
  double sum = 0;
  for (const auto& [name, value] : after) {
    if (name.find("bn.running") == std::string::npos && name.find("bn.num") == std::string::npos) {
      sum += (value - before.at(name)).square().sum().item<double>();
    }
  }
  return std::sqrt(sum);
}

// A quantizer for the weights of both layers.
std::vector<SiteGroup> for_weights(const Model& model, const Json& quantizer) {
  SiteGroup group{quantizer, {}, "p:1"};
  const auto sites = sites_of(model.layers());
  for (size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].kind == SiteKind::Weight) {
      group.sites.push_back(static_cast<int>(i));
    }
  }
  return {group};
}

std::vector<SiteGroup> two_bits(const Model& model) {
  return for_weights(model,
                     {{"quantizer", "uniform"},
                      {"bits", 2},
                      {"symmetric", true},
                      {"narrow", true},
                      {"calibrate", "minmax"},
                      {"granularity", "per_tensor"}});
}

// The states of a network whose weights have 3 bits with learned steps, the steps among them.
std::vector<State> states_with_lsq(const Training& training) {
  const Dataset dataset = small_dataset();
  const TrainingSet set = test::whole_training_set(dataset);
  const auto model = norm_net();
  Binding binding(model->layers(),
                  for_weights(*model,
                              {{"quantizer", "lsq"},
                               {"bits", 3},
                               {"granularity", "per_tensor"},
                               {"signed", true},
                               {"gradient_scale", true},
                               {"calibrate", "mean_abs"}}));
  const torch::NoGradGuard no_grad;
  model->train(false);
  binding.begin_evaluation();  // gives the steps their first values
  model->forward(load_batch(dataset, *dataset.train, set.images, 0, 10).images, &binding);
  std::vector<State> states;
  const auto add_state = [&](int) {
    states.push_back(state_now(*model));
    for (const auto& [name, step] : binding.parameters()) {
      states.back()[name] = step.clone();
    }
  };
  add_state(0);
  const torch::AutoGradMode recorded(true);
  train(*model, &binding, training, set, add_state);
  return states;
}

}  // namespace

TEST_CASE("a clipped step is as long as the rate times the norm", "[train]") {
  Training training = one_step_per_epoch(1);
  const auto free = states_of(training);
  REQUIRE(norm_of_change(free[0], free[1]) > 0.1 * 0.05);
  training.clip_gradient = 0.05;
  const auto clipped = states_of(training);
  CHECK(norm_of_change(clipped[0], clipped[1]) == Approx(0.1 * 0.05).epsilon(1e-3));
  training.clip_gradient = 1e6;
  CHECK(are_equal(states_of(training)[1], free[1]));
}

TEST_CASE("a clipped step counts what quantizers learn", "[train]") {
  Training training = one_step_per_epoch(1);
  training.clip_gradient = 0.05;
  const auto states = states_with_lsq(training);
  REQUIRE(states[0].count("conv.weight.step") == 1);
  CHECK_FALSE(states[1].at("conv.weight.step").equal(states[0].at("conv.weight.step")));
  CHECK(norm_of_change(states[0], states[1]) == Approx(0.1 * 0.05).epsilon(1e-3));
}

TEST_CASE("learned steps follow their own rate and decay", "[train]") {
  Training training = one_step_per_epoch(1);
  training.momentum = 0;
  const auto change_with = [&](std::optional<double> lr, std::optional<double> decay) {
    training.quantizer_lr = lr;
    training.quantizer_weight_decay = decay;
    const auto states = states_with_lsq(training);
    const auto of = [&](const char* name) {
      return (states[1].at(name) - states[0].at(name)).sum().item<double>();
    };
    CHECK(of("linear.bias") != 0);
    return std::pair{of("linear.weight.step"), states[0].at("linear.weight.step").item<double>()};
  };
  const double change = change_with(std::nullopt, std::nullopt).first;
  REQUIRE(change != 0);
  CHECK(change_with(0.1, std::nullopt).first == Approx(change).epsilon(1e-4));
  CHECK(change_with(0.0, std::nullopt).first == 0);
  CHECK(change_with(0.05, std::nullopt).first == Approx(change / 2).epsilon(1e-3));
  const auto [decayed, step] = change_with(std::nullopt, 0.5);
  CHECK(decayed == Approx(change - 0.1 * 0.5 * step).epsilon(1e-3));
}

TEST_CASE("with ema learned steps are averaged like weights", "[train]") {
  Training training = one_step_per_epoch(3);
  const auto trained = states_with_lsq(training);
  training.ema = 0.75;
  const auto shown = states_with_lsq(training);
  Tensor average = trained[0].at("conv.weight.step");
  for (size_t epoch = 1; epoch < trained.size(); ++epoch) {
    average = 0.75 * average + 0.25 * trained[epoch].at("conv.weight.step");
    CHECK(torch::allclose(shown[epoch].at("conv.weight.step"), average, 1e-4, 1e-6));
  }
  CHECK_FALSE(average.equal(trained.back().at("conv.weight.step")));
}

TEST_CASE("with ema the model shows averages and goes on training the weights", "[train]") {
  Training training = one_step_per_epoch(4);
  const auto trained = states_of(training);
  training.ema = 0.75;
  const auto shown = states_of(training);
  State average = trained[0];
  for (size_t epoch = 1; epoch < trained.size(); ++epoch) {
    for (auto& [name, tensor] : average) {
      INFO(name << " after epoch " << epoch);
      if (!tensor.is_floating_point()) {
        CHECK(shown[epoch].at(name).equal(trained[epoch].at(name)));
        continue;
      }
      tensor = 0.75 * tensor + 0.25 * trained[epoch].at(name);
      CHECK(torch::allclose(shown[epoch].at(name), tensor, 1e-4, 1e-6));
    }
    CHECK_FALSE(are_equal(shown[epoch], trained[epoch]));
  }
}

TEST_CASE("the model is left with the averages", "[train]") {
  const Dataset dataset = small_dataset();
  Training training = one_step_per_epoch(2);
  training.ema = 0.75;
  const auto model = norm_net();
  const auto shown = states_of(*model, nullptr, training, test::whole_training_set(dataset));
  CHECK(are_equal(state_now(*model), shown.back()));
}

TEST_CASE("frozen batch norms keep their statistics and still learn scale and shift", "[train]") {
  for (const int after : {0, 1, 2}) {
    INFO(after);
    Training training = one_step_per_epoch(4);
    training.batch = 80;
    training.freeze_batchnorm = after;
    const auto states = states_of(training);
    for (size_t epoch = 1; epoch < states.size(); ++epoch) {
      const bool frozen = static_cast<int>(epoch) > after;
      for (const char* name : {"bn.running_mean", "bn.running_var", "bn.num_batches_tracked"}) {
        INFO(name << " in epoch " << epoch);
        CHECK(states[epoch].at(name).equal(states[epoch - 1].at(name)) == frozen);
      }
      CHECK_FALSE(states[epoch].at("bn.weight").equal(states[epoch - 1].at("bn.weight")));
      CHECK_FALSE(states[epoch].at("bn.bias").equal(states[epoch - 1].at("bn.bias")));
    }
  }
}

TEST_CASE("a frozen batch norm normalises by its statistics, not by the batch's", "[train]") {
  // Before the first step it has mean 0 and variance 1: the same as no batch norm.
  const Dataset dataset = small_dataset();
  Training training = one_step_per_epoch(1);
  training.momentum = 0;
  training.freeze_batchnorm = 0;
  const auto model = norm_net();
  const auto twin = norm_net();
  const TrainingSet set = test::whole_training_set(dataset);
  const Batch batch = load_batch(dataset, *dataset.train, set.images, 0, 320);
  twin->train(false);
  torch::cross_entropy_loss(twin->forward(batch.images), batch.labels).backward();
  train(*model, nullptr, training, set, [](int) {});
  const State trained = state_now(*model);
  for (const auto& [name, weight] : twin->parameters()) {
    INFO(name);
    CHECK(torch::allclose(trained.at(name), weight - 0.1 * weight.grad(), 1e-4, 1e-6));
  }
}

TEST_CASE("quantize_after trains in float until then", "[train]") {
  const Dataset dataset = small_dataset();
  const auto states_with = [&](bool quantized, int after) {
    const auto model = norm_net();
    Binding binding(model->layers(), two_bits(*model));
    Training training = one_step_per_epoch(3);
    training.quantize_after = after;
    return states_of(
        *model, quantized ? &binding : nullptr, training, test::whole_training_set(dataset));
  };
  const auto in_float = states_with(false, 0);
  const auto quantized = states_with(true, 0);
  const auto late = states_with(true, 2);
  CHECK_FALSE(are_equal(quantized[1], in_float[1]));
  CHECK(are_equal(late[1], in_float[1]));
  CHECK(are_equal(late[2], in_float[2]));
  CHECK_FALSE(are_equal(late[3], in_float[3]));
}

TEST_CASE("start_bits come down to the bits of the policy, over the epochs with quantization",
          "[train]") {
  const Dataset dataset = small_dataset();
  const TrainingSet set = test::whole_training_set(dataset);
  const Batch batch = load_batch(dataset, *dataset.train, set.images, 0, 10);
  // The levels that the convolution's weight may have, and those that it shows, after each epoch.
  const auto levels_with = [&](std::optional<int> start_bits, int quantize_after) {
    const auto model = norm_net();
    Binding binding(model->layers(), two_bits(*model));
    Training training = one_step_per_epoch(3 + quantize_after);
    training.start_bits = start_bits;
    training.quantize_after = quantize_after;
    std::vector<int64_t> levels;
    train(*model, &binding, training, set, [&](int) {
      model->train(false);
      binding.begin_evaluation();
      model->forward(batch.images, &binding);
      const LevelTally& tally = binding.reports().at(1).tally;
      CHECK(tally.levels() > static_cast<int64_t>(tally.seen.size()) / 2);
      levels.push_back(static_cast<int64_t>(tally.seen.size()));
      CHECK(binding.at_target_bits() == (levels.back() == 3));
    });
    return levels;
  };
  CHECK(levels_with(std::nullopt, 0) == std::vector<int64_t>{3, 3, 3});
  CHECK(levels_with(4, 0) == std::vector<int64_t>{15, 7, 3});
  CHECK(levels_with(4, 1) == std::vector<int64_t>{3, 15, 7, 3});
}

TEST_CASE("distillation alone learns from the teacher and reads no labels", "[train]") {
  const Dataset dataset = small_dataset();
  Training training = one_step_per_epoch(1);
  training.momentum = 0;
  training.distill = Distillation{2, 1};
  const auto teacher = norm_net(4);
  const State teacher_before = state_now(*teacher);
  TrainingSet set = test::whole_training_set(dataset);
  set.teacher = teacher.get();
  const auto model = norm_net();
  const auto states = states_of(*model, nullptr, training, set);

  const auto twin = norm_net();
  const Batch batch = load_batch(dataset, *dataset.train, set.images, 0, 320);
  twin->train(true);
  teacher->train(false);
  const Tensor student = torch::log_softmax(twin->forward(batch.images) / 2, 1);
  const Tensor taught = torch::softmax(teacher->forward(batch.images).detach() / 2, 1);
  (4 * (taught * (taught.log() - student)).sum() / 320).backward();
  for (const auto& [name, weight] : twin->parameters()) {
    INFO(name);
    CHECK(torch::allclose(states[1].at(name), weight - 0.1 * weight.grad(), 1e-4, 1e-6));
  }
  CHECK(are_equal(state_now(*teacher), teacher_before));
}

TEST_CASE("the loss is the one that is named", "[train]") {
  std::vector<State> ends;
  for (const char* loss : {"cross_entropy", "hinge", "squared_hinge"}) {
    Training training = one_step_per_epoch(1);
    training.loss = loss;
    ends.push_back(states_of(training).back());
  }
  CHECK_FALSE(are_equal(ends[0], ends[1]));
  CHECK_FALSE(are_equal(ends[0], ends[2]));
  CHECK_FALSE(are_equal(ends[1], ends[2]));
}
