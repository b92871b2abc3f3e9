#include "qsweep/config/calibrators.hpp"
#include "qsweep/config/check_quantizer.hpp"
#include "qsweep/config/experiment.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/parameters.hpp"

namespace qsweep {
namespace {

constexpr int kFloatBits = 32;

bool has_float_bits(const Json& parameters) {
  return parameters.contains("bits") && parameters["bits"] == kFloatBits;
}

// One that can have the bits that the field gives.
std::string usual_quantizer(const FieldRule& field, const Catalog& catalog) {
  for (const Catalog::Quantizer& quantizer : catalog.quantizers) {
    if (quantizer.max_bits > 0 || !field.parameters.contains("bits")) {
      return quantizer.name;
    }
  }
  return "...";
}

const Catalog::Quantizer& quantizer_of(const FieldRule& field, const Catalog& catalog) {
  const Catalog::Quantizer* quantizer = catalog.quantizer(field.quantizer);
  if (quantizer == nullptr) {
    throw config_error(field.place,
                       "no rule names a quantizer for what this one selects; add 'quantizer: " +
                           usual_quantizer(field, catalog) + "'");
  }
  return *quantizer;
}

std::vector<std::string> keys_of(const Catalog::Quantizer& quantizer) {
  std::vector<std::string> keys = names_of(quantizer.parameters);
  keys.insert(keys.begin(), {"quantizer", "bits", "calibrate"});
  return keys;
}

Json with_defaults(const Catalog::Quantizer& quantizer, SiteKind kind) {
  Json complete = Json::object();
  for (const Parameter& parameter : quantizer.parameters) {
    complete[parameter.name] = parameter.default_value;
  }
  complete.update(kind == SiteKind::Weight ? quantizer.weight_defaults
                                           : quantizer.activation_defaults);
  return complete;
}

// Numbers become what they are said to be, so that 1 and 1.0 are one value.
void require_all(const FieldRule& merged, const Catalog::Quantizer& quantizer, Json& complete) {
  for (const Parameter& parameter : quantizer.parameters) {
    Json& value = complete[parameter.name];
    if (value.is_null()) {
      throw config_error(
          merged.place,
          "missing key '" + parameter.name + "' for the quantizer '" + quantizer.name + "'");
    }
    if (parameter.type == Parameter::Type::Number) {
      value = value.get<double>();
    }
  }
}

Json usual_calibrator(const Catalog::Quantizer& quantizer,
                      SiteKind kind,
                      const Calibration& calibrate,
                      const Catalog& catalog) {
  const bool differs = kind == SiteKind::Weight && !quantizer.weight_calibrate.empty();
  const std::string& name = differs ? quantizer.weight_calibrate : quantizer.calibrate;
  if (const Catalog::Calibrator* own = catalog.calibrator(name)) {
    return default_calibrator(*own);
  }
  return kind == SiteKind::Weight ? Json("minmax") : calibrate.method;
}

// The weights are one batch, and so are the images that pass through the quantized network.
void check_own_calibrator(const FieldRule& merged,
                          SiteKind kind,
                          const Calibration& calibrate,
                          const Catalog& catalog) {
  const Json& own = merged.parameters["calibrate"];
  if (kind == SiteKind::Weight) {
    require_batches(
        own, "for a weight, which is one batch", place_of(merged, "calibrate"), catalog);
  } else {
    check_calibrator(own, calibrate.after, place_of(merged, "calibrate"), catalog);
  }
}

// Bits that a rule does not give, a format has.
void check_calibrator_bits(const FieldRule& merged,
                           const Catalog::Quantizer& quantizer,
                           const Json& complete,
                           const Catalog& catalog) {
  const Json& method = complete.at("calibrate");
  const auto name = (method.is_object() ? method.at("name") : method).get<std::string>();
  const Catalog::Calibrator* calibrator = catalog.calibrator(name);
  const int64_t bits = complete.at("bits").get<int64_t>();
  if (calibrator != nullptr && calibrator->max_bits > 0 && bits > calibrator->max_bits) {
    const bool is_own = merged.parameters.contains("calibrate");
    throw config_error(place_of(merged, is_own ? "calibrate" : "bits"),
                       "the calibrator '" + name + "' takes at most " +
                           std::to_string(calibrator->max_bits) + " bits, and '" + quantizer.name +
                           "' has " + std::to_string(bits) + " here; 'minmax' and 'mse' take any");
  }
}

}  // namespace

FieldRule merged(const FieldRule& earlier, const FieldRule& later) {
  const bool says_float = later.is_float && later.parameters.empty();
  if (says_float || !later.quantizer.empty()) {
    return later;
  }
  FieldRule result = earlier;
  result.place = later.place;
  result.parameters.update(later.parameters);
  for (const auto& [key, place] : later.places) {
    result.places[key] = place;
  }
  result.is_float = has_float_bits(result.parameters);
  return result;
}

Json complete_quantizer(const FieldRule& merged,
                        SiteKind kind,
                        const Calibration& calibrate,
                        const Catalog& catalog) {
  const Catalog::Quantizer& quantizer = quantizer_of(merged, catalog);
  const Json defaults = with_defaults(quantizer, kind);
  Json complete = defaults;
  for (const auto& [key, value] : merged.parameters.items()) {
    const Parameter* parameter = find_parameter(quantizer.parameters, key);
    if (parameter != nullptr) {
      check_parameter(*parameter, value, quantizer.name, place_of(merged, key));
      complete[key] = value;
    } else if (key != "bits" && key != "calibrate") {
      throw unknown_key({key, place_of(merged, key), {}},
                        "a rule for the quantizer '" + quantizer.name + "'",
                        keys_of(quantizer));
    }
  }
  require_all(merged, quantizer, complete);
  if (kind == SiteKind::Weight) {
    check_weight_sign(merged, quantizer, complete);
  } else {
    check_weights_only(merged, quantizer, defaults);
  }
  complete["bits"] = bits_of(merged, quantizer, complete);
  check_effects(merged, quantizer, complete);
  check_sense(merged, quantizer, complete);
  check_calibrate(merged, quantizer, complete);
  if (holds(quantizer.range_when, complete)) {
    complete["calibrate"] = usual_calibrator(quantizer, kind, calibrate, catalog);
    if (merged.parameters.contains("calibrate")) {
      complete["calibrate"] = merged.parameters["calibrate"];
      check_own_calibrator(merged, kind, calibrate, catalog);
    }
    check_calibrator_bits(merged, quantizer, complete, catalog);
  }
  complete["quantizer"] = quantizer.name;
  return complete;
}

}  // namespace qsweep
