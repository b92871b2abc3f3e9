#include "qsweep/trial/run_trial.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_net.hpp"
#include "trial/bench.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

struct NormedNet : Net<NormedNet> {
  Slot conv1, bn1, conv2, bn2, relu, mean, linear;
  NormedNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv1 = child("conv1", nn::Conv2d(nn::Conv2dOptions(3, 8, 3).stride(2).bias(false)));
    bn1 = child("bn1", nn::BatchNorm2d(8));
    conv2 = child("conv2", nn::Conv2d(nn::Conv2dOptions(8, 8, 3).stride(2).bias(false)));
    bn2 = child("bn2", nn::BatchNorm2d(8));
    relu = op("relu", ops::relu());
    mean = op("mean", ops::mean({2, 3}));
    linear = child("linear", nn::Linear(8, 10));
  }
  Tensor forward(Tensor x) {
    x = relu(bn1(conv1(std::move(x))));
    return linear(mean(relu(bn2(conv2(std::move(x))))));
  }
};

// Channels whose weights differ much in size: each is made up for in the next layer.
struct UnevenNet : Net<UnevenNet> {
  Slot conv1, relu, conv2, mean, linear;
  UnevenNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    nn::Conv2d first(nn::Conv2dOptions(3, 8, 3).stride(2));
    nn::Conv2d second(nn::Conv2dOptions(8, 8, 3).stride(2));
    const torch::NoGradGuard no_grad;
    const Tensor size = torch::exp2(torch::arange(8, torch::kFloat) - 3.5);  // 0.09 to 11
    first->weight.mul_(size.view({8, 1, 1, 1}));
    first->bias.mul_(size);
    second->weight.div_(size.view({1, 8, 1, 1}));
    conv1 = child("conv1", first);
    conv2 = child("conv2", second);
    relu = op("relu", ops::relu());
    mean = op("mean", ops::mean({2, 3}));
    linear = child("linear", nn::Linear(8, 10));
  }
  Tensor forward(Tensor x) { return linear(mean(relu(conv2(relu(conv1(std::move(x))))))); }
};

template <class Network>
ModelEntry entry(const std::string& name) {
  return {{name, "for tests", {}}, [](const ModelOptions& options) -> std::unique_ptr<Model> {
            return make_native_model(std::make_shared<Network>(), options.input);
          }};
}

const ModelTable& table() {
  static const ModelTable entries = {entry<NormedNet>("normed"), entry<UnevenNet>("uneven")};
  return entries;
}

Trial float_of_two_epochs() {
  Trial trial = test::small_float_trial("normed");
  trial.settings.pretrain = Training();
  trial.settings.pretrain->epochs = 2;
  trial.settings.pretrain->batch = 50;
  return trial;
}

// conv1: input 0, weight 1, output 2; bn1 3, 4; relu 5, 6; conv2 7-9; bn2 10, 11; relu.1 12, 13;
// mean 14, 15; linear 16-18.
Trial quantized_trial(const std::string& id,
                      int bits,
                      const std::vector<std::string>& corrections) {
  Trial trial = float_of_two_epochs();
  trial.id = id;
  Json weight = test::uniform_weight(bits);
  weight["granularity"] = "per_tensor";
  trial.groups = {{weight, {1, 8, 17}, "p:1"},
                  {test::uniform_output(8), {2, 4, 6, 9, 11, 13}, "p:2"}};
  for (const std::string& name : corrections) {
    const Json parameters =
        name == "adaround" ? Json{{"iterations", 200}, {"batch", 32}} : Json::object();
    trial.settings.corrections.push_back({name, parameters});
  }
  return trial;
}

struct CorrectedBench {
  test::ScratchFolder folder;
  Workbench bench{{table()}, {folder.path() + "/run", folder.path() + "/cache", 1, torch::kCPU}};
  std::vector<std::string> stages;

  CorrectedBench() { run(float_of_two_epochs()); }
  Record run(const Trial& trial) {
    stages.clear();
    Record record = run_trial(
        trial, bench, [this](const std::string& stage, int, int) { stages.push_back(stage); });
    INFO(record.error);
    REQUIRE_FALSE(record.failed);
    return record;
  }
  std::string file(const std::string& path) const {
    std::ifstream in(folder.path() + "/run/trials/" + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The column `range` of a layer's output.
  std::string range(const std::string& trial, const std::string& layer) const {
    const std::string csv = file(trial + "/layers.csv");
    const size_t output = csv.find(",output,", csv.find("\n" + layer + ","));
    const size_t start = csv.find('[', output);
    return csv.substr(start, csv.find(']', start) - start);
  }
};

using Stages = std::vector<std::string>;

}  // namespace

TEST_CASE("corrections of the float network leave what it computes", "[trial]") {
  CorrectedBench bench;
  const Record base = bench.run(float_of_two_epochs());
  Trial trial = quantized_trial("c", 8, {"fold_batchnorm", "equalize"});
  trial.groups.clear();
  const Record record = bench.run(trial);
  CHECK(*record.sqnr_db > 80);
  CHECK(record.final->top1 == base.final->top1);
  CHECK(record.images_lost + record.images_won == 0);
  CHECK(record.seconds.count("correct") == 1);
  CHECK(bench.stages == Stages{"fold_batchnorm", "equalize", "evaluate"});  // no site, no range
}

TEST_CASE("ranges are calibrated on the network as the float corrections leave it", "[trial]") {
  CorrectedBench bench;
  bench.run(quantized_trial("a", 8, {}));
  bench.run(quantized_trial("b", 8, {"fold_batchnorm"}));
  CHECK(bench.range("a", "conv1") != bench.range("a", "bn1"));
  CHECK(bench.range("b", "conv1") == bench.range("b", "bn1"));
  CHECK(bench.range("b", "bn1") == bench.range("a", "bn1"));
  CHECK(bench.stages == Stages{"fold_batchnorm", "calibrate", "evaluate"});
}

TEST_CASE("corrections of the quantized network follow calibration and keep its ranges",
          "[trial]") {
  CorrectedBench bench;
  const Record plain = bench.run(quantized_trial("a", 3, {}));
  for (const char* name : {"bias_correction", "reestimate_batchnorm"}) {
    const Record corrected = bench.run(quantized_trial(name, 3, {name}));
    INFO(name);
    CHECK(*corrected.sqnr_db != *plain.sqnr_db);
    CHECK(bench.range(name, "conv1") == bench.range("a", "conv1"));
    CHECK(bench.stages == Stages{name, "evaluate"});  // calibrated by the plain trial
  }
}

// What a correction is worth in dB: the SQNR of the logits with it, less that without it. Weights
// alone are quantized; batch norms have had the time to settle.
double gain_of(const std::string& name, const std::string& model, int bits) {
  CorrectedBench bench;
  const auto run = [&](Trial trial, const std::string& id) {
    trial.id = id;
    trial.model.zoo = model;
    trial.float_trial = "g";
    trial.settings.pretrain->epochs = 12;
    trial.groups.resize(std::min<size_t>(1, trial.groups.size()));  // that of the weights
    if (model == "uneven" && !trial.groups.empty()) {
      trial.groups.front().sites = {1, 6, 13};  // conv1, conv2, linear
    }
    return bench.run(trial);
  };
  run(float_of_two_epochs(), "g");
  const Record plain = run(quantized_trial("", bits, {}), "a");
  const Record corrected = run(quantized_trial("", bits, {name}), "b");
  INFO(name << ": " << *plain.sqnr_db << " dB, then " << *corrected.sqnr_db << " dB");
  CHECK(*corrected.sqnr_db > *plain.sqnr_db);
  return *corrected.sqnr_db - *plain.sqnr_db;
}

// The margins are about half of what was measured: 4.3, 5.3, 4.4 and 8.6 dB.
TEST_CASE("corrected biases bring the logits of few bits nearer to float", "[trial]") {
  CHECK(gain_of("bias_correction", "normed", 2) > 2);
}

TEST_CASE("batch norms with the statistics of the quantized network bring few bits nearer to float",
          "[trial]") {
  CHECK(gain_of("reestimate_batchnorm", "normed", 2) > 2.5);
}

TEST_CASE("learned rounding brings the logits of few bits nearer to float", "[trial]") {
  CHECK(gain_of("adaround", "normed", 3) > 2);
}

TEST_CASE("equalized channels bring one scale for all of them nearer to float", "[trial]") {
  CHECK(gain_of("equalize", "uneven", 4) > 4);
}

TEST_CASE("behind quantized layers, a correction finds the ranges of what it corrected",
          "[trial]") {
  CorrectedBench bench;
  Trial plain = quantized_trial("a", 2, {});
  Trial corrected = quantized_trial("b", 2, {"reestimate_batchnorm"});
  plain.settings.calibrate.after = corrected.settings.calibrate.after = "quantized";
  bench.run(plain);
  bench.run(corrected);
  CHECK(bench.range("a", "conv1") == bench.range("b", "conv1"));
  CHECK(bench.range("a", "bn1") != bench.range("b", "bn1"));
}

TEST_CASE("a corrected network is fine-tuned from where it is", "[trial]") {
  CorrectedBench bench;
  Trial trial = quantized_trial("t", 4, {"fold_batchnorm", "bias_correction"});
  trial.settings.finetune = Training();
  trial.settings.finetune->epochs = 1;
  trial.settings.finetune->lr = 0.001;
  trial.settings.finetune->batch = 50;
  const Record record = bench.run(trial);
  CHECK(record.ptq->loss != record.final->loss);
}
