// A training that ends at some moment and goes on from its last checkpoint is, bit for bit, the one
// that nothing disturbed: with every optimizer, schedule and option, and every kind of state that a
// quantizer has.

#include "qsweep/train/checkpoints.hpp"

#include "qsweep/model/named_tensors.hpp"
#include "qsweep/train/train.hpp"

#include <functional>
#include <map>

#include "support/catch.hpp"
#include "support/small_data.hpp"
#include "support/tiny_net.hpp"
#include "train/training_set.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

// With a batch norm, and a dropout whose numbers come from torch.
struct DropoutNet : Net<DropoutNet> {
  Slot conv, bn, relu, mean, linear;
  DropoutNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv = child("conv", nn::Conv2d(nn::Conv2dOptions(3, 4, 3).padding(1).bias(false)));
    bn = child("bn", nn::BatchNorm2d(4));
    relu = op("relu", ops::relu());
    mean = op("mean", ops::mean({2, 3}));
    linear = child("linear", nn::Linear(4, 5));
  }
  Tensor forward(Tensor x) {
    return linear(torch::dropout(mean(relu(bn(conv(std::move(x))))), 0.3, is_training()));
  }
};

struct Interrupted {};

// Keeps a state after so many moments that it is asked at, and ends the training there.
class OneCheckpoint : public Checkpoints {
 public:
  explicit OneCheckpoint(int moment) : left_(moment) {}

  std::optional<TrainingState> take_last() override { return std::exchange(kept_, std::nullopt); }
  bool is_due(Moment /*moment*/) override { return --left_ == 0; }
  void keep(const TrainingState& state) override {
    kept_ = TrainingState{state.epochs, state.steps, copies_of(state.tensors)};
    throw Interrupted();
  }
  const std::optional<TrainingState>& kept() const { return kept_; }

 private:
  int left_;
  std::optional<TrainingState> kept_;
};

TrainingSet training_set(const Dataset& dataset) {
  TrainingSet set = test::whole_training_set(dataset);
  set.augment = true;
  set.seed = 5;
  return set;
}

// Four epochs of four steps.
Training four_epochs() {
  Training training;
  training.epochs = 4;
  training.lr = 0.05;
  training.batch = 80;
  training.schedule.name = "cosine";
  return training;
}

using Change = std::function<void(Training&)>;

const std::map<std::string, Change>& options() {
  static const std::map<std::string, Change> all{
      {"sgd", [](Training&) {}},
      {"sgd without momentum", [](Training& t) { t.momentum = 0; }},
      {"adam", [](Training& t) { t.optimizer = "adam"; }},
      {"adamw", [](Training& t) { t.optimizer = "adamw"; }},
      {"ema", [](Training& t) { t.ema = 0.9; }},
      {"start_bits", [](Training& t) { t.start_bits = 6; }},
      {"quantize_after", [](Training& t) { t.quantize_after = 2; }},
      {"quantize_after and ema",
       [](Training& t) {
         t.quantize_after = 1;
         t.ema = 0.9;
       }},
      {"freeze_batchnorm", [](Training& t) { t.freeze_batchnorm = 1; }},
      {"warmup", [](Training& t) { t.schedule.warmup = 2; }},
      {"quantizer_lr and clip_gradient",
       [](Training& t) {
         t.quantizer_lr = 0.3;
         t.clip_gradient = 0.5;
       }},
  };
  return all;
}

// Of weights and of the ReLU's output; sites as in sites_of().
using Quantizers = std::pair<Json, Json>;

const std::map<std::string, Quantizers>& quantizer_pairs() {
  static const Json uniform{{"quantizer", "uniform"}, {"bits", 3}};
  static const std::map<std::string, Quantizers> all{
      {"uniform", {uniform, uniform}},
      {"uniform, stochastic",
       {{{"quantizer", "uniform"}, {"bits", 3}, {"rounding", "stochastic"}},
        {{"quantizer", "uniform"}, {"bits", 3}, {"rounding", "stochastic"}}}},
      {"lsq", {{{"quantizer", "lsq"}, {"bits", 3}}, {{"quantizer", "lsq"}, {"bits", 3}}}},
      {"lsq_plus",
       {{{"quantizer", "lsq_plus"}, {"bits", 3}}, {{"quantizer", "lsq_plus"}, {"bits", 3}}}},
      {"sign, stochastic",
       {{{"quantizer", "sign"}, {"stochastic", true}, {"clip_latent", true}},
        {{"quantizer", "sign"}, {"gradient", "tanh"}}}},
      {"ternary, ttq", {{{"quantizer", "ternary"}, {"method", "ttq"}}, uniform}},
      {"apot", {{{"quantizer", "apot"}, {"bits", 3}}, {{"quantizer", "apot"}, {"bits", 3}}}},
      {"dorefa and pact",
       {{{"quantizer", "dorefa"}, {"bits", 3}}, {{"quantizer", "pact"}, {"bits", 3}}}},
  };
  return all;
}

// One training, from nothing or from a checkpoint.
class Course {
 public:
  Course(Training training, const Quantizers& quantizers)
      : training_(std::move(training)), dataset_(small_dataset()) {
    torch::manual_seed(3);
    model_ = make_native_model(std::make_shared<DropoutNet>(), InputShape{3, 8, 8});
    const std::vector<SiteGroup> groups{{quantizers.first, {1, 10}, "p:1"},
                                        {quantizers.second, {6}, "p:2"}};
    binding_ = std::make_unique<Binding>(model_->layers(), groups);
    calibrate();
  }

  void run(Checkpoints& checkpoints) {
    train(
        *model_,
        binding_.get(),
        training_,
        training_set(dataset_),
        [&](int epoch) {
          epochs.push_back(epoch);
          if (epoch <= training_.quantize_after) {
            binding_->forget_ranges();
            calibrate();
          }
          logits();
        },
        checkpoints);
  }

  /// Of images that no training saw, quantized; as a stage evaluates after each epoch.
  Tensor logits() {
    const torch::NoGradGuard no_grad;
    model_->train(false);
    binding_->begin_evaluation();
    torch::manual_seed(11);
    return model_->forward(torch::randn({10, 3, 8, 8}), binding_.get());
  }
  NamedTensors state() const {
    NamedTensors all = state_of(*model_);
    add_part(all, "", binding_->parameters());
    return all;
  }

  std::vector<int> epochs;  // that it has been through

 private:
  void calibrate() {
    const torch::NoGradGuard no_grad;
    model_->train(false);
    binding_->begin_evaluation();
    binding_->calibrate_on_first_tensor(true);
    torch::manual_seed(7);
    model_->forward(torch::randn({10, 3, 8, 8}), binding_.get());
    binding_->calibrate_on_first_tensor(false);
  }

  Training training_;
  Dataset dataset_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Binding> binding_;
};

void check_same(Course& a, Course& b) {
  const NamedTensors left = a.state();
  const NamedTensors right = b.state();
  REQUIRE(left.size() == right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    INFO(left[i].first);
    CHECK(left[i].first == right[i].first);
    CHECK(left[i].second.equal(right[i].second));
  }
  CHECK(a.logits().equal(b.logits()));
}

// At each of these moments: within the first epoch, at its end, later, and in the last epoch. An
// epoch of four steps asks at three of them, and at its end.
void check_interruptions(const Training& training, const Quantizers& quantizers) {
  OneCheckpoint never(0);
  Course undisturbed(training, quantizers);
  undisturbed.run(never);
  for (const int moment : {2, 4, 7, 8, 12, 15}) {
    INFO("interrupted at moment " << moment);
    OneCheckpoint checkpoint(moment);
    Course first(training, quantizers);
    REQUIRE_THROWS_AS(first.run(checkpoint), Interrupted);
    REQUIRE(checkpoint.kept());
    CHECK(checkpoint.kept()->epochs == moment / 4);
    CHECK(checkpoint.kept()->steps == moment % 4);
    Course second(training, quantizers);
    second.run(checkpoint);
    CHECK(second.epochs.front() == moment / 4 + 1);
    CHECK(second.epochs.back() == 4);
    check_same(undisturbed, second);
  }
}

}  // namespace

TEST_CASE("a training goes on from any moment to the same bits, with every option", "[train]") {
  for (const auto& [name, change] : options()) {
    INFO(name);
    Training training = four_epochs();
    change(training);
    check_interruptions(training, quantizer_pairs().at("lsq"));
  }
}

TEST_CASE("a training goes on from any moment to the same bits, with every kind of quantizer",
          "[train]") {
  for (const auto& [name, pair] : quantizer_pairs()) {
    INFO(name);
    check_interruptions(four_epochs(), pair);
  }
}

TEST_CASE("a state of other quantizers is refused", "[train]") {
  OneCheckpoint checkpoint(1);
  Course other(four_epochs(), quantizer_pairs().at("uniform"));
  REQUIRE_THROWS_AS(other.run(checkpoint), Interrupted);
  TrainingState state = *checkpoint.kept();
  const auto model = tiny_net();
  const Json spec{{"quantizer", "uniform"}, {"bits", 3}};
  Binding binding(model->layers(), {{spec, {2}, "p:1"}});
  CHECK_THROWS_WITH(binding.load_state(part_of(state.tensors, "quantizers.")),
                    "what was kept of the quantizers has nothing of the output of conv");
}
