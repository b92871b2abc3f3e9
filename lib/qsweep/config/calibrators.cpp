#include "qsweep/config/calibrators.hpp"

#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/parameters.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/core/nearest_name.hpp"

namespace qsweep {
namespace {

const Catalog::Calibrator& calibrator_named(const Node& name,
                                            const std::string& key,
                                            const Catalog& catalog) {
  const Catalog::Calibrator* calibrator = catalog.calibrator(read_text(name, key));
  if (calibrator == nullptr) {
    throw config_error(name.place,
                       unknown_name("calibrator", name.text, names_of(catalog.calibrators)));
  }
  return *calibrator;
}

const Node& name_in(const Node& map, const std::string& key) {
  const std::string what = "'" + key + "'";
  for (const Node::Entry& entry : read_map(map, what)) {
    if (entry.key == "name") {
      return entry.value;
    }
  }
  throw config_error(map.place, "missing key 'name' in " + what);
}

// 99 and 99.0 are the same number, and must have the same text.
Json canonical(const Parameter& parameter, const Json& value) {
  return parameter.type == Parameter::Type::Number ? Json(value.get<double>()) : value;
}

}  // namespace

Json default_calibrator(const Catalog::Calibrator& calibrator) {
  if (calibrator.parameters.empty()) {
    return calibrator.name;
  }
  Json complete{{"name", calibrator.name}};
  for (const Parameter& parameter : calibrator.parameters) {
    complete[parameter.name] = canonical(parameter, parameter.default_value);
  }
  return complete;
}

Json read_calibrator(const Node& value, const std::string& key, const Catalog& catalog) {
  if (value.kind != Node::Kind::Map) {
    return default_calibrator(calibrator_named(value, key, catalog));
  }
  const Catalog::Calibrator& calibrator = calibrator_named(name_in(value, key), "name", catalog);
  std::vector<std::string> keys = names_of(calibrator.parameters);
  keys.insert(keys.begin(), "name");
  const MapReader map(value, "the calibrator '" + calibrator.name + "'", keys);
  Json complete = default_calibrator(calibrator);
  for (const Parameter& parameter : calibrator.parameters) {
    if (const Node* given = map.find(parameter.name)) {
      complete[parameter.name] =
          canonical(parameter, read_parameter(*given, parameter, calibrator.name));
    }
  }
  return complete;
}

void require_batches(const Json& calibrator,
                     const std::string& why,
                     const Place& place,
                     const Catalog& catalog) {
  const Catalog::Calibrator* entry =
      calibrator.is_object() ? catalog.calibrator(calibrator.at("name")) : nullptr;
  if (entry == nullptr || !entry->follows_batches) {
    return;
  }
  const Json defaults = default_calibrator(*entry);
  for (const Parameter& parameter : entry->parameters) {
    if (calibrator.at(parameter.name) != defaults.at(parameter.name)) {
      throw config_error(place,
                         "'" + parameter.name + "' of '" + entry->name + "' has no effect " + why);
    }
  }
}

void check_calibrator(const Json& calibrator,
                      const std::string& after,
                      const Place& place,
                      const Catalog& catalog) {
  if (after == "quantized") {
    require_batches(
        calibrator, "with after: quantized, where all images are one batch", place, catalog);
  }
}

}  // namespace qsweep
