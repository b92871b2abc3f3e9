#include "config/small_catalog.hpp"

#include "qsweep/config/variables.hpp"

#include "support/catch.hpp"

namespace qsweep {
namespace {

Parameter choice(const std::string& name, std::vector<std::string> choices) {
  Parameter parameter;
  parameter.name = name;
  parameter.type = Parameter::Type::Choice;
  parameter.default_value = choices[0];
  parameter.choices = std::move(choices);
  return parameter;
}

Parameter boolean(const std::string& name, bool default_value) {
  Parameter parameter;
  parameter.name = name;
  parameter.type = Parameter::Type::Boolean;
  parameter.default_value = default_value;
  return parameter;
}

Parameter number(const std::string& name, Parameter::Type type, Json default_value, double max) {
  Parameter parameter;
  parameter.name = name;
  parameter.type = type;
  parameter.default_value = std::move(default_value);
  parameter.max = max;
  return parameter;
}

Catalog::Quantizer uniform() {
  Catalog::Quantizer quantizer;
  quantizer.name = "uniform";
  quantizer.min_bits = 2;
  quantizer.max_bits = 16;
  quantizer.parameters = {choice("granularity", {"per_tensor", "per_channel"}),
                          boolean("symmetric", false),
                          boolean("narrow", false)};
  quantizer.weight_defaults = {{"symmetric", true}, {"narrow", true}};
  quantizer.activation_defaults = {{"symmetric", false}, {"narrow", false}};
  quantizer.nonsense = {
      {{{"symmetric", false}, {"narrow", true}}, "only symmetric codes can be narrow", "narrow"}};
  return quantizer;
}

Catalog::Quantizer sign() {
  Catalog::Quantizer quantizer;
  quantizer.name = "sign";
  quantizer.fixed_bits = 1;
  quantizer.range_when = nullptr;
  quantizer.parameters = {choice("scale", {"none", "mean_abs"}),
                          choice("granularity", {"per_tensor", "per_channel"})};
  quantizer.parameters[0].weights_only = true;
  return quantizer;
}

Catalog::Quantizer clipped() {
  Catalog::Quantizer quantizer;
  quantizer.name = "clipped";
  quantizer.min_bits = 1;
  quantizer.max_bits = 8;
  quantizer.for_weights = false;
  quantizer.calibrate = "mean_abs";
  quantizer.parameters = {boolean("signed", false), boolean("even", false)};
  quantizer.nonsense = {
      {{{"bits", {1, 2}}, {"signed", true}, {"even", true}}, "it would have a single level"}};
  return quantizer;
}

Catalog::Quantizer minifloat() {
  Catalog::Quantizer quantizer;
  quantizer.name = "minifloat";
  quantizer.bits_from = "format";
  quantizer.format_bits = {{"blocky", 4}};
  quantizer.range_when = {{"scale", {"max", "free"}}};
  quantizer.short_forms = {{"e4m3", {{"format", "e4m3"}}}, {"bf16", {{"format", "bf16"}}}};
  Parameter format = choice("format", {"e4m3", "bf16", "blocky"});
  format.type = Parameter::Type::Format;
  quantizer.parameters = {format, choice("scale", {"none", "max", "free"})};
  return quantizer;
}

// No quantizer of this version has parameters like these; later ones will.
Catalog::Quantizer powers() {
  Catalog::Quantizer quantizer;
  quantizer.name = "powers";
  quantizer.min_bits = 2;
  quantizer.max_bits = 8;
  quantizer.parameters = {number("terms", Parameter::Type::Integer, nullptr, 4),
                          number("clip", Parameter::Type::Number, 0.5, 1),
                          boolean("signed", true)};
  quantizer.parameters[1].only_when = {{"signed", true}, {"terms", {2, 3}}};
  quantizer.unsigned_when = {{"signed", false}};
  return quantizer;
}

std::vector<Catalog::Correction> corrections() {
  Catalog::Correction fold;
  fold.name = "fold_batchnorm";
  Catalog::Correction equalize;
  equalize.name = "equalize";
  Catalog::Correction bias;
  bias.name = "bias_correction";
  bias.of_quantized = true;
  Catalog::Correction round;
  round.name = "adaround";
  round.of_quantized = true;
  round.parameters = {number("iterations", Parameter::Type::Integer, 1000, 100000),
                      number("batch", Parameter::Type::Integer, 32, 100000)};
  return {fold, equalize, bias, round};
}

Catalog make_catalog() {
  Catalog catalog;
  catalog.quantizers = {uniform(), sign(), powers(), clipped(), minifloat()};
  catalog.models = {{"resnet20", "", {}},
                    {"resnet18", "", {choice("stem", {"imagenet", "small"})}}};
  catalog.datasets = {{"synthetic", "", false, false, {}, {}},
                      {"cifar10", "", true, true, {}, {}},
                      {"image_folder", "", true, false, {}, {}}};
  catalog.calibrators = {{"minmax", "", "", {}},
                         {"mse", "", "", {}},
                         {"percentile", "", "", {number("p", Parameter::Type::Number, 99.99, 100)}},
                         {"mean_abs", "", "", {}}};
  catalog.corrections = corrections();
  catalog.types = {"Conv2d", "Linear", "ReLU", "Add"};
  catalog.moving_types = {"MaxPool2d", "Flatten"};
  return catalog;
}

}  // namespace

const Catalog& small_catalog() {
  static const Catalog catalog = make_catalog();
  return catalog;
}

Node parsed(const std::string& text) {
  return parse_yaml(std::make_shared<const Source>(Source{"x.yaml", text}));
}

Experiment experiment_of(const std::string& text) {
  return read_experiment(parsed(text), small_catalog());
}

std::string error_of(const std::string& text) {
  try {
    const Experiment experiment = experiment_of(text);
    if (!has_variables(experiment.settings)) {
      read_settings(experiment.settings, experiment.directory, small_catalog());
    }
  } catch (const ConfigError& failure) {
    return failure.what();
  }
  return "";
}

void check_all(const std::vector<Mistake>& mistakes) {
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.text);
    CHECK(error_of(mistake.text) == mistake.message);
  }
}

}  // namespace qsweep
