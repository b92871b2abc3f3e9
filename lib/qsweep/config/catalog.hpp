#pragma once

#include "qsweep/core/json.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// One setting of a quantizer, a calibrator, a correction or a model: what YAML may say for it.
struct Parameter {
  enum class Type { Integer, Number, Boolean, Choice, Format };
  std::string name;
  Type type = Type::Number;
  Json default_value;  // null: it must be given
  double min = 0;      // of numbers, inclusive
  double max = 0;
  std::vector<std::string> choices;  // of Choice; of Format: the names beside eXmY
  std::string about;
  bool weights_only = false;  // activations must leave it at its default
  // Of a quantizer: the condition on the others under which it has an effect. Where a rule gives it
  // and it has none, the file is refused; as a default it is harmless.
  Json only_when = Json::object();
};

/// Does a condition hold for a quantizer with these parameters? It is a map from parameters, `bits`
/// among them, to the value or the list of values that each must have: {"symmetric": true,
/// "bits": [1, 2]}. The empty one always holds, null never.
bool holds(const Json& condition, const Json& parameters);

/// How many scales a tensor has: one for each of what `per` says.
struct ScaleSpread {
  enum class Per {
    None,    // there is no scale
    Tensor,  // one for all
    Channel,
    Group,  // of so many consecutive weights of one channel; the last may be shorter
    // Of so many neighbours along the channels that a product sums over: a weight's input channels
    // (its channels, where it has one alone), an activation's channels; the last may be shorter.
    Block,
    LastBlock,  // the same along the innermost axis
  };
  Json when = Json::object();  // a condition
  Per per = Per::Tensor;
  std::string length;  // of groups and blocks: the parameter that tells it
};

/// Numbers that are stored beside each scale, such as a zero point.
struct BesideScale {
  Json when = Json::object();  // a condition
  int bytes = 4;
};

/// Values of parameters that make no sense together.
struct Nonsense {
  Json when;        // a condition
  std::string why;  // "it would have a single level"
  // Of them the one that is refused only where a rule gives it: as a mere default it is harmless.
  std::string idle{};
};

/// What can be named in an experiment file, apart from layer types. The worker tells it, since the
/// things themselves are written against LibTorch; the command caches the answer.
struct Catalog {
  struct Quantizer {
    std::string name;
    std::string about;
    std::string paper;
    int min_bits = 0;  // 0 and 0: the number of bits is not a parameter of it
    int max_bits = 0;
    int fixed_bits = 0;                 // its bits where they are not a parameter: 1 for sign
    std::string bits_from;              // or the parameter that tells them, a format
    Json format_bits = Json::object();  // its bits by name; those of eXmY are 1 + X + Y
    bool for_weights = true;
    bool for_activations = true;
    std::string calibrate;         // its calibrator where no rule names one; empty: the usual ones
    std::string weight_calibrate;  // the same for weights; empty: as `calibrate`
    Json range_when = Json::object();  // the condition under which it has a range to calibrate
    Json learns_when;  // the condition under which it has numbers that are trained; null: never
    // The condition under which an activation's levels are all positive, so that the quantizer
    // acts as a ReLU.
    Json unsigned_when;
    std::vector<Nonsense> nonsense;
    // What is stored beside a weight's codes. The first spread whose condition holds counts, and
    // all of `beside_scale` whose conditions hold.
    std::vector<ScaleSpread> scales = usual_scales();
    int scale_bytes = 4;  // of each scale
    std::vector<BesideScale> beside_scale = {{{{"symmetric", false}}, 4}};
    int tensor_bytes = 0;  // once per tensor, beside the scales
    // Names that stand for the quantizer with some of its parameters: {"e4m3": {"format": "e4m3"}}.
    Json short_forms = Json::object();
    std::vector<Parameter> parameters;  // without `bits`
    // Defaults that depend on what is quantized, over those of `parameters`.
    Json weight_defaults = Json::object();
    Json activation_defaults = Json::object();

    /// As `scale` and `granularity` say, where it has such parameters; else one per tensor.
    static std::vector<ScaleSpread> usual_scales();
    const ScaleSpread& spread(const Json& values) const;  // the one that holds, or none
  };
  struct Model {
    std::string name;
    std::string about;
    std::vector<Parameter> parameters;
  };
  struct Dataset {
    std::string name;
    std::string about;
    bool needs_root = false;
    bool can_download = false;
    std::vector<double> mean;  // per channel, in [0, 1]
    std::vector<double> std;
  };
  struct Calibrator {
    std::string name;
    std::string about;
    std::string paper;
    std::vector<Parameter> parameters;  // each with a default
    // Do its parameters say how one batch follows another? They have no effect where there is one.
    bool follows_batches = false;
    int max_bits = 0;  // of the codes that it tells apart; 0: any
  };
  struct Correction {
    std::string name;
    std::string about;
    std::string paper;
    bool of_quantized = false;  // brings the quantized network back to the float one; else it
                                // changes the float network, before anything is calibrated
    bool uses_images = false;   // those of the calibration
    bool keeps_images = false;  // what a layer makes of all of them, at a time
    std::vector<Parameter> parameters;
  };
  std::vector<Quantizer> quantizers;
  std::vector<Model> models;
  std::vector<Dataset> datasets;
  std::vector<Calibrator> calibrators;
  std::vector<Correction> corrections;
  std::vector<std::string> types;         // layer types: Conv2d, ReLU, Add, ...
  std::vector<std::string> moving_types;  // types that only move data, which no rule may name

  const Quantizer* quantizer(const std::string& name) const;
  const Model* model(const std::string& name) const;
  const Dataset* dataset(const std::string& name) const;
  const Calibrator* calibrator(const std::string& name) const;
  const Correction* correction(const std::string& name) const;
};

void to_json(Json& json, const Catalog& catalog);
void from_json(const Json& json, Catalog& catalog);

/// The names of a list of the catalog, for messages.
template <class Entry>
std::vector<std::string> names_of(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    names.push_back(entry.name);
  }
  return names;
}

}  // namespace qsweep
