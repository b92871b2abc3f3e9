#include "qsweep/config/experiment.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/parameters.hpp"

namespace qsweep {
namespace {

constexpr int kFloatBits = 32;

bool has_float_bits(const Json& parameters) {
  return parameters.contains("bits") && parameters["bits"] == kFloatBits;
}

const Place& place_of(const FieldRule& field, const std::string& key) {
  const auto place = field.places.find(key);
  return place == field.places.end() ? field.place : place->second;
}

const Catalog::Quantizer& quantizer_of(const FieldRule& field, const Catalog& catalog) {
  const Catalog::Quantizer* quantizer = catalog.quantizer(field.quantizer);
  if (quantizer == nullptr) {
    throw config_error(field.place,
                       "no rule names a quantizer for what this one selects; add 'quantizer: " +
                           (catalog.quantizers.empty() ? "..." : catalog.quantizers[0].name) + "'");
  }
  return *quantizer;
}

int bits_of(const FieldRule& field, const Catalog::Quantizer& quantizer) {
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
  Json complete = with_defaults(quantizer, kind);
  complete["quantizer"] = quantizer.name;
  complete["calibrate"] = kind == SiteKind::Weight ? Json("minmax") : calibrate.method;
  for (const auto& [key, value] : merged.parameters.items()) {
    const Parameter* parameter = find_parameter(quantizer.parameters, key);
    if (parameter != nullptr) {
      check_parameter(*parameter, value, quantizer.name, place_of(merged, key));
    } else if (key != "bits" && key != "calibrate") {
      throw unknown_key({key, place_of(merged, key), {}},
                        "a rule for the quantizer '" + quantizer.name + "'",
                        keys_of(quantizer));
    }
    complete[key] = value;
  }
  complete["bits"] = bits_of(merged, quantizer);
  for (const Parameter& parameter : quantizer.parameters) {
    if (complete[parameter.name].is_null()) {
      throw config_error(
          merged.place,
          "missing key '" + parameter.name + "' for the quantizer '" + quantizer.name + "'");
    }
  }
  return complete;
}

}  // namespace qsweep
