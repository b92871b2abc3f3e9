#pragma once

#include "qsweep/plan/layer.hpp"

#include <functional>
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
  std::string fingerprint;    // of the images and labels of both splits
  std::string validation;     // the same of the validation split; empty without one
  std::vector<std::string> warnings;
};

/// What only the worker can tell about a model.
struct ModelFacts {
  std::vector<Layer> layers;
  int64_t parameters = 0;  // all of the model's, in numbers; buffers not counted
  std::string weights;     // fingerprint of the content; empty: the model will be pretrained
  std::vector<std::string> warnings;           // of what runs may not be as expected
  std::vector<std::string> training_warnings;  // the same where it is fine-tuned
};

/// The images that a model is given, where there is no data set.
struct ImageShape {
  int64_t channels = 3;
  int64_t height = 32;
  int64_t width = 32;
};

/// A network without a data set.
struct ModelQuestion {
  std::string zoo;
  std::string script;  // absolute path; empty for a zoo model
  Json parameters = Json::object();
  ImageShape images;
  int64_t classes = 0;  // 0: of a script as many as it tells apart
};

/// A network as a policy quantizes it, and what is to be done to it beside that.
struct CorrectionQuestion {
  std::vector<Layer> layers;
  std::vector<std::string> quantizers;   // by site, see quantizers_by_site()
  std::vector<std::string> corrections;  // names, in order
};

void to_json(Json& json, const DataFacts& facts);
void from_json(const Json& json, DataFacts& facts);
void to_json(Json& json, const ModelFacts& facts);
void from_json(const Json& json, ModelFacts& facts);
void to_json(Json& json, const ModelQuestion& question);
void from_json(const Json& json, ModelQuestion& question);
void to_json(Json& json, const CorrectionQuestion& question);
void from_json(const Json& json, CorrectionQuestion& question);

/// Where the file gives a setting, "data.test"; the nearest thing that it gives where it does not.
using SettingPlaces = std::function<Place(const std::string& path)>;

/// The setting that an error or a warning about data is about: its text begins with it, or with a
/// file, which is below data.root.
std::string setting_named_by(const std::string& text);

/// The worker's answers, asked for when a plan needs them. The command's implementation starts a
/// worker and caches; tests answer from memory.
class FactSource {
 public:
  virtual ~FactSource() = default;
  /// Throws ConfigError at the setting that is at fault when the data cannot be opened.
  virtual DataFacts data(const Settings& settings, const SettingPlaces& place_of) = 0;
  /// Throws ConfigError at the model's place when it or its weights cannot be loaded.
  virtual ModelFacts model(const ModelChoice& model, const Settings& settings) = 0;
  /// For each of the corrections, the layers that it would act on after those before it.
  virtual std::vector<std::vector<int>> corrected_layers(const CorrectionQuestion& question) = 0;
};

}  // namespace qsweep
