#include "qsweep/config/check_quantizer.hpp"

#include "qsweep/config/float_format.hpp"
#include "qsweep/config/parameters.hpp"
#include "qsweep/config/scalars.hpp"

namespace qsweep {
namespace {

// "bits: 1, symmetric: true and narrow: true"
std::string condition_text(const Json& condition) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : condition.items()) {
    std::vector<std::string> values;
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      values.push_back(text_of(one));
    }
    parts.push_back(key + ": " + listed(values));
  }
  return listed(parts, "and");
}

// Of a condition that does not hold the parameters that fail it, as they are.
Json refuting(const Json& condition, const Json& complete) {
  Json failing = Json::object();
  for (const auto& [key, wanted] : condition.items()) {
    if (!holds({{key, wanted}}, complete)) {
      failing[key] = complete.at(key);
    }
  }
  return failing;
}

int format_bits(const Catalog::Quantizer& quantizer, const std::string& format) {
  const auto named = quantizer.format_bits.find(format);
  return named != quantizer.format_bits.end() ? named->get<int>()
                                              : float_format(format).value().bits();
}

int bits_of_format(const FieldRule& field,
                   const Catalog::Quantizer& quantizer,
                   const std::string& format) {
  const int bits = format_bits(quantizer, format);
  if (field.parameters.contains("bits") && field.parameters["bits"] != bits) {
    throw config_error(place_of(field, "bits"),
                       "bits of '" + quantizer.name + "' are always " + std::to_string(bits) +
                           " with " + quantizer.bits_from + ": " + format +
                           ", or 32 for float; got " + field.parameters["bits"].dump());
  }
  return bits;
}

}  // namespace

const Place& place_of(const FieldRule& field, const std::string& key) {
  for (const std::string& name : {key, std::string("quantizer")}) {
    const auto place = field.places.find(name);
    if (place != field.places.end()) {
      return place->second;
    }
  }
  return field.place;
}

int bits_of(const FieldRule& field, const Catalog::Quantizer& quantizer, const Json& parameters) {
  if (!quantizer.bits_from.empty()) {
    return bits_of_format(field, quantizer, parameters.at(quantizer.bits_from));
  }
  if (field.parameters.contains("bits")) {
    const auto bits = field.parameters["bits"].get<int64_t>();
    check_bits(quantizer, bits, place_of(field, "bits"));
    return static_cast<int>(bits);
  }
  if (quantizer.max_bits > 0) {
    throw config_error(field.place,
                       "missing key 'bits' for the quantizer '" + quantizer.name + "'");
  }
  return quantizer.fixed_bits;
}

void check_calibrate(const FieldRule& field,
                     const Catalog::Quantizer& quantizer,
                     const Json& parameters) {
  if (!field.parameters.contains("calibrate") || holds(quantizer.range_when, parameters)) {
    return;
  }
  const std::string exception =
      quantizer.range_when.is_null() ? "" : " unless " + condition_text(quantizer.range_when);
  throw config_error(
      place_of(field, "calibrate"),
      "'calibrate' finds a range, and '" + quantizer.name + "' has none" + exception);
}

void check_weights_only(const FieldRule& field,
                        const Catalog::Quantizer& quantizer,
                        const Json& defaults) {
  for (const Parameter& parameter : quantizer.parameters) {
    const auto given = field.parameters.find(parameter.name);
    if (parameter.weights_only && given != field.parameters.end() &&
        *given != defaults.at(parameter.name)) {
      throw config_error(place_of(field, parameter.name),
                         "'" + parameter.name + "' of '" + quantizer.name +
                             "' is for weights only; outputs and inputs have " +
                             text_of(defaults.at(parameter.name)) + ", got " + text_of(*given));
    }
  }
}

void check_effects(const FieldRule& field,
                   const Catalog::Quantizer& quantizer,
                   const Json& complete) {
  for (const Parameter& parameter : quantizer.parameters) {
    const bool is_given = field.parameters.contains(parameter.name);
    if (is_given && !holds(parameter.only_when, complete)) {
      throw config_error(place_of(field, parameter.name),
                         "'" + parameter.name + "' of '" + quantizer.name +
                             "' has no effect with " +
                             condition_text(refuting(parameter.only_when, complete)) +
                             "; it needs " + condition_text(parameter.only_when));
    }
  }
}

void check_weight_sign(const FieldRule& field,
                       const Catalog::Quantizer& quantizer,
                       const Json& complete) {
  const Json& condition = quantizer.unsigned_when;
  // Without parameters in the condition, weights are quantized in a way of their own.
  if (condition.empty() || !holds(condition, complete)) {
    return;
  }
  std::string blamed = "quantizer";
  for (const auto& [key, value] : condition.items()) {
    blamed = field.places.count(key) > 0 ? key : blamed;
  }
  throw config_error(place_of(field, blamed),
                     "'" + quantizer.name + "' with " + condition_text(condition) +
                         " would leave a weight without negative values");
}

void check_sense(const FieldRule& field,
                 const Catalog::Quantizer& quantizer,
                 const Json& complete) {
  for (const Nonsense& nonsense : quantizer.nonsense) {
    const bool is_harmless = !nonsense.idle.empty() && field.places.count(nonsense.idle) == 0;
    if (is_harmless || !holds(nonsense.when, complete)) {
      continue;
    }
    std::string blamed = "quantizer";
    Json shown = Json::object();
    for (const auto& [key, value] : nonsense.when.items()) {
      shown[key] = complete.at(key);
      blamed = blamed == "quantizer" && field.places.count(key) > 0 ? key : blamed;
    }
    throw config_error(place_of(field, blamed),
                       "'" + quantizer.name + "' makes no sense with " + condition_text(shown) +
                           ": " + nonsense.why);
  }
}

}  // namespace qsweep
