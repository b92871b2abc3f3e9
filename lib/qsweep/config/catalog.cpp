#include "qsweep/config/catalog.hpp"

#include <algorithm>

namespace qsweep {

NLOHMANN_JSON_SERIALIZE_ENUM(Parameter::Type,
                             {{Parameter::Type::Integer, "integer"},
                              {Parameter::Type::Number, "number"},
                              {Parameter::Type::Boolean, "boolean"},
                              {Parameter::Type::Choice, "choice"},
                              {Parameter::Type::Format, "format"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    Parameter, name, type, default_value, min, max, choices, about, weights_only, only_when)
NLOHMANN_JSON_SERIALIZE_ENUM(ScaleSpread::Per,
                             {{ScaleSpread::Per::None, "none"},
                              {ScaleSpread::Per::Tensor, "tensor"},
                              {ScaleSpread::Per::Channel, "channel"},
                              {ScaleSpread::Per::Group, "group"},
                              {ScaleSpread::Per::Block, "block"},
                              {ScaleSpread::Per::LastBlock, "last_block"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScaleSpread, when, per, length)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BesideScale, when, bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Nonsense, when, why, idle)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Catalog::Quantizer,
                                   name,
                                   about,
                                   paper,
                                   min_bits,
                                   max_bits,
                                   fixed_bits,
                                   bits_from,
                                   format_bits,
                                   for_weights,
                                   for_activations,
                                   calibrate,
                                   weight_calibrate,
                                   range_when,
                                   learns_when,
                                   unsigned_when,
                                   nonsense,
                                   scales,
                                   scale_bytes,
                                   beside_scale,
                                   tensor_bytes,
                                   short_forms,
                                   parameters,
                                   weight_defaults,
                                   activation_defaults)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Catalog::Model, name, about, parameters)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    Catalog::Dataset, name, about, needs_root, can_download, mean, std)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    Catalog::Calibrator, name, about, paper, parameters, follows_batches, max_bits)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    Catalog::Correction, name, about, paper, of_quantized, uses_images, keeps_images, parameters)

namespace {

template <class Entry>
const Entry* find(const std::vector<Entry>& entries, const std::string& name) {
  for (const Entry& entry : entries) {
    if (entry.name == name) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace

bool holds(const Json& condition, const Json& parameters) {
  if (condition.is_null()) {
    return false;
  }
  for (const auto& [key, wanted] : condition.items()) {
    const auto found = parameters.find(key);
    const bool fits =
        found != parameters.end() &&
        (wanted.is_array() ? std::find(wanted.begin(), wanted.end(), *found) != wanted.end()
                           : wanted == *found);
    if (!fits) {
      return false;
    }
  }
  return true;
}

std::vector<ScaleSpread> Catalog::Quantizer::usual_scales() {
  using Per = ScaleSpread::Per;
  return {{{{"scale", "none"}}, Per::None, ""},
          {{{"granularity", "per_channel"}}, Per::Channel, ""},
          {{{"granularity", "per_group"}}, Per::Group, "group"},
          {Json::object(), Per::Tensor, ""}};
}

const ScaleSpread& Catalog::Quantizer::spread(const Json& values) const {
  static const ScaleSpread none{Json::object(), ScaleSpread::Per::None, ""};
  const auto found = std::find_if(scales.begin(), scales.end(), [&](const ScaleSpread& one) {
    return holds(one.when, values);
  });
  return found == scales.end() ? none : *found;
}

const Catalog::Quantizer* Catalog::quantizer(const std::string& name) const {
  return find(quantizers, name);
}
const Catalog::Model* Catalog::model(const std::string& name) const {
  return find(models, name);
}
const Catalog::Dataset* Catalog::dataset(const std::string& name) const {
  return find(datasets, name);
}
const Catalog::Calibrator* Catalog::calibrator(const std::string& name) const {
  return find(calibrators, name);
}
const Catalog::Correction* Catalog::correction(const std::string& name) const {
  return find(corrections, name);
}

void to_json(Json& json, const Catalog& catalog) {
  json = Json{{"quantizers", catalog.quantizers},
              {"models", catalog.models},
              {"datasets", catalog.datasets},
              {"calibrators", catalog.calibrators},
              {"corrections", catalog.corrections},
              {"types", catalog.types},
              {"moving_types", catalog.moving_types}};
}

void from_json(const Json& json, Catalog& catalog) {
  json.at("quantizers").get_to(catalog.quantizers);
  json.at("models").get_to(catalog.models);
  json.at("datasets").get_to(catalog.datasets);
  json.at("calibrators").get_to(catalog.calibrators);
  json.at("corrections").get_to(catalog.corrections);
  json.at("types").get_to(catalog.types);
  json.at("moving_types").get_to(catalog.moving_types);
}

}  // namespace qsweep
