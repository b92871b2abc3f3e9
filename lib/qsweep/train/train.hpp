#pragma once

#include "qsweep/config/settings.hpp"
#include "qsweep/data/dataset.hpp"
#include "qsweep/model/model.hpp"
#include "qsweep/quant/binding.hpp"
#include "qsweep/train/checkpoints.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace qsweep {

/// What to train on, and where. The purpose ("pretrain", "finetune") and the seed name the random
/// streams: all trials of a seed see the same images in the same order.
struct TrainingSet {
  const Dataset* dataset = nullptr;
  std::vector<int64_t> images;  // of the training split
  bool augment = false;
  uint64_t seed = 0;
  std::string purpose;
  torch::Device device = torch::kCPU;
  Model* teacher = nullptr;  // the float model; needed if the training has `distill`
};

/// Called after each epoch (from 1); the model may be evaluated meanwhile. With `ema` it has the
/// averages of its weights then.
using AfterEpoch = std::function<void(int epoch)>;

/// Trains the model's float parameters, and what the quantizers of `binding` learn, which may be
/// null. With `ema` the model is left with the averages. Throws TrialError with the epoch and the
/// step if the loss is NaN or infinite.
void train(Model& model,
           Binding* binding,
           const Training& training,
           const TrainingSet& set,
           const AfterEpoch& after_epoch);

/// The same from the last of the checkpoints on, to the same bits. The model, and the binding with
/// its ranges, must be as they were at the training's start, apart from values.
void train(Model& model,
           Binding* binding,
           const Training& training,
           const TrainingSet& set,
           const AfterEpoch& after_epoch,
           Checkpoints& checkpoints);

}  // namespace qsweep
