#pragma once

#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"
#include "qsweep/trial/run_trial.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/scratch_folder.hpp"
#include "support/tiny_net.hpp"

namespace qsweep::test {

/// The quantizer `uniform` as a plan has it for a weight, with a scale per channel.
inline Json uniform_weight(int bits) {
  return {{"quantizer", "uniform"},
          {"bits", bits},
          {"symmetric", true},
          {"narrow", true},
          {"granularity", "per_channel"},
          {"calibrate", "minmax"}};
}

/// And for an output, with one scale.
inline Json uniform_output(int bits) {
  return {{"quantizer", "uniform"},
          {"bits", bits},
          {"symmetric", false},
          {"narrow", false},
          {"granularity", "per_tensor"},
          {"calibrate", "minmax"}};
}

struct WideNet : Net<WideNet> {
  Slot conv, relu, mean, linear;
  WideNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv = child("conv", nn::Conv2d(nn::Conv2dOptions(3, 8, 3).stride(2).bias(false)));
    relu = op("relu", ops::relu());
    mean = op("mean", ops::mean({2, 3}));
    linear = child("linear", nn::Linear(8, 10));
  }
  torch::Tensor forward(torch::Tensor x) { return linear(mean(relu(conv(std::move(x))))); }
};

/// The same with a batch norm.
struct NormedNet : Net<NormedNet> {
  Slot conv, bn, relu, mean, linear;
  NormedNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv = child("conv", nn::Conv2d(nn::Conv2dOptions(3, 8, 3).stride(2).bias(false)));
    bn = child("bn", nn::BatchNorm2d(8));
    relu = op("relu", ops::relu());
    mean = op("mean", ops::mean({2, 3}));
    linear = child("linear", nn::Linear(8, 10));
  }
  torch::Tensor forward(torch::Tensor x) { return linear(mean(relu(bn(conv(std::move(x)))))); }
};

/// Asks for more memory than there is.
struct GreedyNet : Net<GreedyNet> {
  Slot relu;
  GreedyNet() { reset(); }
  void reset() override { relu = op("relu", ops::relu()); }
  torch::Tensor forward(const torch::Tensor&) { return relu(torch::empty({int64_t{1} << 50})); }
};

/// Its layers do not fit each other.
struct CrookedNet : Net<CrookedNet> {
  Slot linear;
  CrookedNet() { reset(); }
  void reset() override { linear = child("linear", torch::nn::Linear(7, 10)); }
  torch::Tensor forward(const torch::Tensor& x) { return linear(x.flatten(1)); }
};

template <class Network>
ModelEntry entry(const std::string& name) {
  return {{name, "for tests", {}}, [](const ModelOptions& options) -> std::unique_ptr<Model> {
            return make_native_model(std::make_shared<Network>(), options.input);
          }};
}

/// The models `wide`, `normed`, and two that fail.
inline const ModelTable& small_models() {
  static const ModelTable entries = {entry<WideNet>("wide"),
                                     entry<NormedNet>("normed"),
                                     entry<GreedyNet>("greedy"),
                                     entry<CrookedNet>("crooked")};
  return entries;
}

inline Training one_epoch(double lr) {
  Training training;
  training.epochs = 1;
  training.lr = lr;
  training.batch = 64;
  return training;
}

/// The float trial `f` of one of these models on few of the synthetic images, pretrained for one
/// epoch.
inline Trial small_float_trial(const std::string& model) {
  Trial trial;
  trial.id = trial.float_trial = "f";
  trial.model.zoo = model;
  trial.settings.data.augment = "none";
  trial.settings.data.images = 200;
  trial.settings.pretrain = one_epoch(0.1);
  trial.settings.calibrate.images = 64;
  return trial;
}

/// A place where trials of these models run.
struct Bench {
  ScratchFolder folder;
  Workbench bench{{small_models()},
                  {folder.path() + "/run", folder.path() + "/cache", 1, torch::kCPU}};
  std::vector<std::string> stages;

  Record run(const Trial& trial, int repeats = 0) {
    const OnStage remember = [this](const std::string& stage, int, int) {
      stages.push_back(stage);
    };
    return run_trial(trial, bench, remember, repeats);
  }
  std::string file(const std::string& path) const {
    return read_text(folder.path("run/trials/" + path));
  }
};

}  // namespace qsweep::test
