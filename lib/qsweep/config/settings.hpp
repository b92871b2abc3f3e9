#pragma once

#include "qsweep/core/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// Which images. Paths are absolute. Empty lists and texts: the data set's own.
struct DataSettings {
  std::string name = "synthetic";
  std::string root;
  std::vector<double> mean;  // per channel, in [0, 1]
  std::vector<double> std;
  int resize = 0;     // the shorter side, before the crop; 0: no resize
  int crop = 0;       // the centre square of this side; 0: no crop
  std::string train;  // a split's name, or a slice of one: "test[:8000]"
  std::string test;
  std::string augment;  // crop_flip; empty: none
  int64_t images = 0;   // use only as many of each split, evenly over the classes; 0: all
  bool download = false;
};

struct Schedule {
  std::string name = "constant";  // constant | step | cosine
  int warmup = 0;                 // epochs of linear growth from 0
  std::vector<int> milestones;    // step: the epochs at which the rate is multiplied by gamma
  double gamma = 0.1;
};

/// Learning from the float model's answers beside the labels (Hinton et al., arXiv:1503.02531).
struct Distillation {
  double temperature = 1;
  double weight = 0;  // of the float model's answers in the loss, to 1; the labels have the rest
};

/// How a stage trains. What is optional is `none` in the file, and in the JSON.
struct Training {
  int epochs = 0;
  std::string optimizer = "sgd";  // sgd | adam | adamw
  double lr = 0.1;
  double momentum = 0.9;  // sgd
  bool nesterov = false;  // sgd
  double beta1 = 0.9;     // adam, adamw
  double beta2 = 0.999;
  double weight_decay = 0;
  Schedule schedule;
  int64_t batch = 128;
  std::string loss = "cross_entropy";   // cross_entropy | squared_hinge | hinge
  double label_smoothing = 0;           // cross_entropy
  std::optional<double> clip_gradient;  // the largest norm of a step's gradient
  double ema = 0;  // decay of the moving average of the weights, which is evaluated; 0: none
  // Of `finetune` alone.
  std::optional<Distillation> distill;
  std::optional<int> freeze_batchnorm;  // after this epoch batch norms run as in evaluation
  int quantize_after = 0;               // so many epochs train in float before
  std::optional<int> start_bits;        // what quantizers begin with
  std::optional<double> quantizer_lr;   // of what quantizers learn; absent: lr
  std::optional<double> quantizer_weight_decay;  // absent: weight_decay
};

struct Calibration {
  int64_t images = 512;
  Json method = "minmax";       // a calibrator: its name, or an object with its parameters
  std::string after = "float";  // float | quantized: what the layers before a site compute
};

/// What is done to a network beside quantizing it.
struct Correction {
  std::string name;
  Json parameters = Json::object();  // complete: every one that its catalog entry lists
};

/// All that a trial reads apart from its model and what its layers get.
struct Settings {
  uint64_t seed = 0;
  DataSettings data;
  std::optional<Training> pretrain;
  Calibration calibrate;
  std::vector<Correction> corrections;  // in this order
  std::optional<Training> finetune;
  int64_t evaluate_batch = 100;
  int64_t limit = 0;       // evaluate on so many images, evenly over the classes; 0: all
  std::string validation;  // a split or a slice on which the best epoch is chosen; empty: none
};

void to_json(Json& json, const DataSettings& data);
void from_json(const Json& json, DataSettings& data);
void to_json(Json& json, const Training& training);
void from_json(const Json& json, Training& training);
void to_json(Json& json, const Calibration& calibrate);
void from_json(const Json& json, Calibration& calibrate);
void to_json(Json& json, const Correction& correction);
void from_json(const Json& json, Correction& correction);
void to_json(Json& json, const Settings& settings);
void from_json(const Json& json, Settings& settings);

}  // namespace qsweep
