#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/parameters.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"
#include "qsweep/core/nearest_name.hpp"

namespace qsweep {
namespace {

// The list's entries; a single one is a list of one, and a list may be empty.
std::vector<const Node*> entries_of(const Node& value) {
  if (value.kind != Node::Kind::Sequence) {
    return {&value};
  }
  std::vector<const Node*> entries;
  for (const Node& item : value.items) {
    entries.push_back(&item);
  }
  return entries;
}

const Catalog::Correction& correction_named(const Node& name, const Catalog& catalog) {
  const Catalog::Correction* correction = catalog.correction(read_text(name, "corrections"));
  if (correction == nullptr) {
    std::vector<std::string> known = names_of(catalog.corrections);
    known.emplace_back("none");
    throw config_error(name.place, unknown_name("correction", name.text, known));
  }
  return *correction;
}

void read_parameters(const Node& entry, const Catalog::Correction& known, Correction& correction) {
  std::vector<std::string> keys = names_of(known.parameters);
  keys.insert(keys.begin(), "name");
  const MapReader map(entry, "the correction '" + known.name + "'", keys);
  for (const Parameter& parameter : known.parameters) {
    if (const Node* value = map.find(parameter.name)) {
      correction.parameters[parameter.name] = read_parameter(*value, parameter, known.name);
    }
  }
}

Correction read_correction(const Node& entry, const Catalog& catalog) {
  if (entry.kind == Node::Kind::Null || entry.kind == Node::Kind::Sequence) {
    throw config_error(entry.place,
                       "a correction is a name or a map with a 'name', got " + described(entry));
  }
  const Node* name = &entry;
  if (entry.kind == Node::Kind::Map) {
    name = entry.find("name");
    if (name == nullptr) {
      throw config_error(entry.place, "missing key 'name' in a correction");
    }
  }
  const Catalog::Correction& known = correction_named(*name, catalog);
  Correction correction;
  correction.name = known.name;
  for (const Parameter& parameter : known.parameters) {
    correction.parameters[parameter.name] = parameter.default_value;
  }
  if (entry.kind == Node::Kind::Map) {
    read_parameters(entry, known, correction);
  }
  return correction;
}

void check_order(const std::vector<Correction>& earlier,
                 const Correction& next,
                 const Place& place,
                 const Catalog& catalog) {
  for (const Correction& other : earlier) {
    if (other.name == next.name) {
      throw config_error(place, "'" + next.name + "' is in 'corrections' twice");
    }
    if (catalog.correction(other.name)->of_quantized &&
        !catalog.correction(next.name)->of_quantized) {
      throw config_error(place,
                         "'" + next.name + "' changes the float network and cannot follow '" +
                             other.name + "', which corrects the quantized one");
    }
  }
}

}  // namespace

void read_corrections(const Node& value, SettingsTarget& target) {
  std::vector<Correction>& corrections = target.settings.corrections;
  corrections.clear();
  for (const Node* entry : entries_of(value)) {
    if (is_none(*entry)) {
      continue;
    }
    Correction correction = read_correction(*entry, target.catalog);
    check_order(corrections, correction, entry->place, target.catalog);
    corrections.push_back(std::move(correction));
  }
}

}  // namespace qsweep
