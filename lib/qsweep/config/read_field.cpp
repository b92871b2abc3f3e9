#include "qsweep/config/calibrators.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/parameters.hpp"
#include "qsweep/config/rule_templates.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/nearest_name.hpp"

namespace qsweep {
namespace {

// The quantizers that a field's keys may belong to: the one it names, or any.
std::vector<const Catalog::Quantizer*> candidates(const std::string& named,
                                                  const Catalog& catalog) {
  std::vector<const Catalog::Quantizer*> found;
  for (const Catalog::Quantizer& quantizer : catalog.quantizers) {
    if (named.empty() || quantizer.name == named) {
      found.push_back(&quantizer);
    }
  }
  return found;
}

ConfigError unknown_field_key(const Node::Entry& entry,
                              const std::vector<const Catalog::Quantizer*>& quantizers) {
  std::vector<std::string> known{"quantizer", "bits", "calibrate"};
  for (const Catalog::Quantizer* quantizer : quantizers) {
    for (const Parameter& parameter : quantizer->parameters) {
      if (std::find(known.begin(), known.end(), parameter.name) == known.end()) {
        known.push_back(parameter.name);
      }
    }
  }
  return unknown_key(entry, "a rule", known);
}

// Until the quantizer is known, a value has to suit one of those that have this parameter.
Json parameter_value(const Node::Entry& entry,
                     const std::vector<const Catalog::Quantizer*>& quantizers) {
  std::optional<ConfigError> first_failure;
  for (const Catalog::Quantizer* quantizer : quantizers) {
    const Parameter* parameter = find_parameter(quantizer->parameters, entry.key);
    if (parameter == nullptr) {
      continue;
    }
    try {
      return read_parameter(entry.value, *parameter, quantizer->name);
    } catch (const ConfigError& failure) {
      first_failure = first_failure.value_or(failure);
    }
  }
  throw first_failure.value_or(unknown_field_key(entry, quantizers));
}

std::string quantizer_name(const Node& value, const Catalog& catalog) {
  const std::string name = read_text(value, "quantizer");
  if (catalog.quantizer(name) == nullptr) {
    throw config_error(value.place, unknown_name("quantizer", name, names_of(catalog.quantizers)));
  }
  return name;
}

int64_t read_bits(const Node& value, const std::string& quantizer, const Catalog& catalog) {
  constexpr int64_t kAnyBits = 1'000'000;  // what the quantizer can have is said better by its name
  const int64_t bits = read_integer(value, "bits", quantizer.empty() ? 1 : -kAnyBits, kAnyBits);
  if (const Catalog::Quantizer* named = catalog.quantizer(quantizer)) {
    check_bits(*named, bits, value.place);
  }
  return bits;
}

FieldRule float_field(const Node& field, const std::string& name) {
  if (field.kind != Node::Kind::Scalar || field.text != "float") {
    throw config_error(field.place,
                       "'" + name +
                           "' must be float or a map as in {quantizer: uniform, bits: 8}, "
                           "got " +
                           described(field));
  }
  FieldRule rule;
  rule.place = field.place;
  rule.is_float = true;
  return rule;
}

// Parameters of a quantizer that is a variable may belong to any.
void read_entry(const Node::Entry& entry, const Catalog& catalog, FieldRule& rule) {
  const auto quantizers = candidates(rule.quantizer, catalog);
  if (entry.value.variable && entry.key == "bits") {
    return;
  }
  if (entry.key == "calibrate" && has_variables(entry.value)) {
    return;
  }
  if (entry.value.variable) {
    for (const Catalog::Quantizer* quantizer : quantizers) {
      if (find_parameter(quantizer->parameters, entry.key) != nullptr) {
        return;
      }
    }
    throw unknown_field_key(entry, quantizers);
  }
  if (entry.key == "bits") {
    rule.parameters["bits"] = read_bits(entry.value, rule.quantizer, catalog);
  } else if (entry.key == "calibrate") {
    rule.parameters["calibrate"] = read_calibrator(entry.value, "calibrate", catalog);
  } else {
    rule.parameters[entry.key] = parameter_value(entry, quantizers);
  }
  rule.places[entry.key] = entry.value.place;
}

}  // namespace

FieldRule read_field(const Node& field, const std::string& name, const Catalog& catalog) {
  if (field.kind != Node::Kind::Map) {
    return field.variable ? FieldRule() : float_field(field, name);
  }
  FieldRule rule;
  rule.place = field.place;
  const Node* quantizer = field.find("quantizer");
  if (quantizer != nullptr && !quantizer->variable) {
    rule.quantizer = quantizer_name(*quantizer, catalog);
  }
  for (const Node::Entry& entry : read_map(field, "'" + name + "'")) {
    if (entry.key != "quantizer") {
      read_entry(entry, catalog, rule);
    }
  }
  rule.is_float = rule.parameters.contains("bits") && rule.parameters["bits"] == 32;
  return rule;
}

}  // namespace qsweep
