// Whole trials with each option of fine-tuning: it has an effect, and it repeats bit for bit.

#include <functional>
#include <map>

#include "support/catch.hpp"
#include "trial/bench.hpp"

using namespace qsweep;
using test::Bench;
using test::one_epoch;
using test::uniform_output;
using test::uniform_weight;

namespace {

// So many bits for weights and for the outputs of bn and relu, fine-tuned for two epochs.
Trial tuned_trial(const std::string& id, int bits = 3) {
  Trial trial = test::small_float_trial("normed");
  trial.id = id;
  // conv: input 0, weight 1, output 2; bn: 3, 4; relu: 5, 6; mean: 7, 8; linear: 9, 10, 11.
  trial.groups = {{uniform_weight(bits), {1, 10}, "p:1"}, {uniform_output(bits), {4, 6}, "p:2"}};
  trial.settings.finetune = one_epoch(0.05);
  trial.settings.finetune->epochs = 2;
  return trial;
}

using Option = std::function<void(Training&)>;

const std::map<std::string, Option>& options() {
  static const std::map<std::string, Option> all{
      {"none", [](Training&) {}},
      {"hinge", [](Training& t) { t.loss = "hinge"; }},
      {"squared_hinge", [](Training& t) { t.loss = "squared_hinge"; }},
      {"clip_gradient", [](Training& t) { t.clip_gradient = 0.01; }},
      {"ema", [](Training& t) { t.ema = 0.9; }},
      {"distill",
       [](Training& t) {
         t.distill = Distillation{4, 0.5};
       }},
      {"freeze_batchnorm", [](Training& t) { t.freeze_batchnorm = 0; }},
      {"quantize_after", [](Training& t) { t.quantize_after = 1; }},
      {"start_bits", [](Training& t) { t.start_bits = 8; }},
      {"quantizer_lr", [](Training& t) { t.quantizer_lr = 0.5; }},
      {"quantizer_weight_decay", [](Training& t) { t.quantizer_weight_decay = 0.5; }},
  };
  return all;
}

// The outputs' steps are learned.
Trial with_learned_steps(Trial trial) {
  Json& quantizer = trial.groups.at(1).quantizer;
  quantizer = {{"quantizer", "lsq"},
               {"bits", quantizer.at("bits")},
               {"signed", false},
               {"granularity", "per_tensor"},
               {"gradient_scale", true},
               {"calibrate", "mean_abs"}};
  return trial;
}

double loss_with(Bench& bench, const std::string& option) {
  Trial trial = with_learned_steps(tuned_trial(option));
  options().at(option)(*trial.settings.finetune);
  const Record record = bench.run(trial);
  INFO(option << ": " << record.error);
  REQUIRE_FALSE(record.failed);
  return record.final->loss;
}

}  // namespace

TEST_CASE("every option of fine-tuning changes what is learned, and repeats bit for bit",
          "[trial]") {
  Bench first;
  Bench second;
  std::map<double, std::string> seen;
  for (const auto& [name, option] : options()) {
    INFO(name);
    const double loss = loss_with(first, name);
    CHECK(seen.emplace(loss, name).second);
    CHECK(loss_with(second, name) == loss);
  }
}

TEST_CASE("options of pretraining change the float model", "[trial]") {
  std::map<double, std::string> seen;
  for (const char* name : {"none", "hinge", "clip_gradient", "ema"}) {
    INFO(name);
    Bench bench;
    Trial trial = test::small_float_trial("normed");
    options().at(name)(*trial.settings.pretrain);
    const Record record = bench.run(trial);
    REQUIRE_FALSE(record.failed);
    CHECK(seen.emplace(record.final->loss, name).second);
  }
}

TEST_CASE("after epochs in float, outputs are calibrated anew", "[trial]") {
  const auto layers_with = [](int quantize_after, const std::string& after) {
    Bench bench;
    Trial trial = tuned_trial("q");
    trial.settings.calibrate.after = after;
    trial.settings.finetune->quantize_after = quantize_after;
    const Record record = bench.run(trial);
    INFO(record.error);
    REQUIRE_FALSE(record.failed);
    // The line of the ReLU's output, whose range is no weight's.
    const std::string layers = bench.file("q/layers.csv");
    const size_t start = layers.find("relu,ReLU,relu,output");
    REQUIRE(start != std::string::npos);
    const size_t quote = layers.find('"', start);
    return layers.substr(quote, layers.find('"', quote + 1) - quote);
  };
  for (const char* after : {"float", "quantized"}) {
    INFO(after);
    CHECK(layers_with(0, after) != layers_with(1, after));
  }
}

TEST_CASE("the evaluation after an epoch in float is of the quantized model", "[trial]") {
  // With a rate that moves nothing it is what post-training quantization gave.
  Bench bench;
  Trial trial = tuned_trial("q");
  trial.settings.finetune->lr = 1e-12;
  trial.settings.finetune->freeze_batchnorm = 0;
  trial.settings.finetune->quantize_after = 1;
  const Record record = bench.run(trial);
  INFO(record.error);
  REQUIRE_FALSE(record.failed);
  CHECK(record.final->loss == Approx(record.ptq->loss).epsilon(1e-5));
  CHECK(*record.top1_best == Approx(record.ptq->top1).margin(0.6));
}

TEST_CASE("an epoch with more bits than the policy's is no best one", "[trial]") {
  // With a rate that moves nothing, 8 bits in the first epoch are better than 2 in the last.
  Bench bench;
  Trial trial = tuned_trial("q", 2);
  trial.settings.pretrain->epochs = 20;
  trial.settings.data.test = "train";  // on what it has learned
  trial.settings.finetune->lr = 1e-12;
  trial.settings.finetune->freeze_batchnorm = 0;
  trial.settings.finetune->start_bits = 8;
  const Record record = bench.run(trial);
  INFO(record.error);
  REQUIRE_FALSE(record.failed);
  CHECK(*record.top1_best == record.final->top1);
  Trial more = trial;
  more.id = "q8";
  more.groups = tuned_trial("q8", 8).groups;
  CHECK(bench.run(more).ptq->top1 > record.final->top1);
}

TEST_CASE("with start_bits an epoch before quantization is no best one", "[trial]") {
  // Weights hardly move, and steps of this rate spoil what the first epoch left.
  Bench bench;
  Trial trial = with_learned_steps(tuned_trial("q", 4));
  trial.settings.pretrain->epochs = 20;
  trial.settings.data.test = "train";  // on what it has learned
  trial.settings.finetune->lr = 1e-12;
  trial.settings.finetune->freeze_batchnorm = 0;
  trial.settings.finetune->quantizer_lr = 500;
  trial.settings.finetune->epochs = 3;
  trial.settings.finetune->quantize_after = 1;
  const Record from_there = bench.run(trial);
  REQUIRE_FALSE(from_there.failed);
  CHECK(*from_there.top1_best > from_there.final->top1);
  trial.id = "down";
  trial.settings.finetune->start_bits = 8;
  const Record from_eight = bench.run(trial);
  REQUIRE_FALSE(from_eight.failed);
  CHECK(from_eight.ptq->top1 > from_eight.final->top1);
  CHECK(*from_eight.top1_best == from_eight.final->top1);
}

TEST_CASE("distillation pulls towards the float model's answers", "[trial]") {
  const auto images_that_differ = [](std::optional<Distillation> distill) {
    Bench bench;
    Trial trial = tuned_trial("q");
    trial.settings.finetune->epochs = 4;
    trial.settings.finetune->distill = distill;
    const Record record = bench.run(trial);
    REQUIRE_FALSE(record.failed);
    return record.images_won + record.images_lost;
  };
  CHECK(images_that_differ(Distillation{4, 1}) < images_that_differ(std::nullopt));
}
