#pragma once

#include "qsweep/plan/layer.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// What only the worker can tell about the data: it has decoded and fingerprinted them.
struct DataFacts {
  std::vector<std::string> classes;
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t train_images = 0;
  int64_t test_images = 0;
  int64_t shared_images = 0;  // of the parts that train and test are drawn from
  std::string fingerprint;    // of the images and labels of both splits, and the validation's
  std::vector<std::string> warnings;
};

/// What only the worker can tell about a model.
struct ModelFacts {
  std::vector<Layer> layers;
  int64_t parameters = 0;  // all of the model's, in numbers; buffers not counted
  std::string weights;     // fingerprint of the content; empty: the model will be pretrained
};

void to_json(Json& json, const DataFacts& facts);
void from_json(const Json& json, DataFacts& facts);
void to_json(Json& json, const ModelFacts& facts);
void from_json(const Json& json, ModelFacts& facts);

/// The worker's answers, asked for when a plan needs them. The command's implementation starts a
/// worker and caches; tests answer from memory.
class FactSource {
 public:
  virtual ~FactSource() = default;
  /// Throws ConfigError at `place` when the data cannot be opened.
  virtual DataFacts data(const Settings& settings, const Place& place) = 0;
  /// Throws ConfigError at the model's place when it or its weights cannot be loaded.
  virtual ModelFacts model(const ModelChoice& model, const Settings& settings) = 0;
};

}  // namespace qsweep
