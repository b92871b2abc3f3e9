#pragma once

#include "qsweep/plan/plan.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// A residual network, sites by layer:
///   conv1 (0-2), relu (3-4), conv2 (5-7), add (8-10), pool (11-12), fc (13-15).
std::vector<Layer> residual_layers();

/// Attention in miniature: embed, two matmuls around a softmax, head.
std::vector<Layer> attention_layers();

/// The quantizers `uniform`, `sign`, `grouped` (a scale per group of weights), `blocks` (one per
/// block) and `clipped` (unsigned, and learned), the models `residual` (with weights) and
/// `attention` (pretrained), the data set `synthetic`, the corrections `fold` (of the float
/// network) and `round` (of the quantized one, on images).
Catalog small_catalog();

/// Answers from memory, and counts how often it was asked.
class SmallFacts : public FactSource {
 public:
  DataFacts data(const Settings& settings, const SettingPlaces& place_of) override;
  ModelFacts model(const ModelChoice& model, const Settings& settings) override;
  /// `fold` finds the convolutions; `round` the layers with uniform weights, and of those that no
  /// `fold` stands before, the first only.
  std::vector<std::vector<int>> corrected_layers(const CorrectionQuestion& question) override;

  std::string residual_weights = "5e1f";
  int64_t shared_images = 0;
  std::vector<std::string> data_warnings;
  std::vector<std::string> model_warnings;
  std::vector<std::string> training_warnings;  // of the model
  int data_asked = 0;
  int models_asked = 0;
  int corrections_asked = 0;
};

/// The plan of an experiment file's text, read as "x.yaml".
std::unique_ptr<Plan> plan_of(const std::string& yaml);
std::unique_ptr<Plan> plan_of(const std::string& yaml, FactSource& facts);
Experiment experiment_of(const std::string& yaml);

/// The message of the ConfigError that planning throws; "no error" if it does not.
std::string plan_error(const std::string& yaml);

/// All rows as text, one a line: "model policy values trial-number".
std::vector<std::string> rows_of(const Plan& plan);

/// The trial of a row.
Trial trial_of_row(const Plan& plan, size_t row);

/// Sites by quantizer, short: "uniform:4" -> {2, 7}.
std::map<std::string, std::vector<int>> sites_by_quantizer(const Trial& trial);

}  // namespace qsweep
