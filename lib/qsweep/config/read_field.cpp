#include "qsweep/config/calibrators.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/parameters.hpp"
#include "qsweep/config/quantizer_name.hpp"
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
  if (entry.key == "exponent" || entry.key == "mantissa") {
    return config_error(entry.place,
                        "'" + entry.key +
                            "' is a part of 'format', as in {quantizer: minifloat, format: "
                            "{exponent: 3, mantissa: 4}}");
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

int64_t read_bits(const Node& value, const std::string& quantizer, const Catalog& catalog) {
  constexpr int64_t kAnyBits = 1'000'000;  // what the quantizer can have is said better by its name
  const int64_t bits = read_integer(value, "bits", quantizer.empty() ? 1 : -kAnyBits, kAnyBits);
  if (const Catalog::Quantizer* named = catalog.quantizer(quantizer)) {
    check_bits(*named, bits, value.place);
  }
  return bits;
}

// A field that is no map: `float`, or a quantizer whose parameters all have their defaults.
FieldRule bare_field(const Node& field, const std::string& name, const Catalog& catalog) {
  FieldRule rule;
  rule.place = field.place;
  const std::vector<std::string> known = quantizer_names(catalog);
  const bool is_scalar = field.kind == Node::Kind::Scalar;
  if (is_scalar && field.text == "float") {
    rule.is_float = true;
  } else if (is_scalar && std::find(known.begin(), known.end(), field.text) != known.end()) {
    read_quantizer_name(field, name, catalog, rule);
  } else {
    throw config_error(
        field.place,
        "'" + name +
            "' must be float, a quantizer's name or a map as in {quantizer: uniform, bits: 8}, "
            "got " +
            described(field) + (is_scalar ? suggestion(field.text, known) : ""));
  }
  return rule;
}

void check_not_short_for(const Node::Entry& entry, const Node* quantizer, const FieldRule& rule) {
  if (rule.parameters.contains(entry.key)) {
    throw config_error(entry.place,
                       "'" + quantizer->text + "' is short for " + rule.quantizer + " with " +
                           entry.key + ": " + text_of(rule.parameters.at(entry.key)) + "; leave '" +
                           entry.key + "' out or name '" + rule.quantizer + "'");
  }
}

// Parameters of a quantizer that is a variable may belong to any.
void read_entry(const Node::Entry& entry, const Catalog& catalog, FieldRule& rule) {
  const auto quantizers = candidates(rule.quantizer, catalog);
  const bool is_open = has_variables(entry.value);
  if (is_open && (entry.key == "bits" || entry.key == "calibrate")) {
    return;
  }
  if (is_open) {
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
    return field.variable ? FieldRule() : bare_field(field, name, catalog);
  }
  FieldRule rule;
  rule.place = field.place;
  const Node* quantizer = field.find("quantizer");
  if (quantizer != nullptr && !quantizer->variable) {
    read_quantizer_name(*quantizer, name, catalog, rule);
  }
  const FieldRule named = rule;
  for (const Node::Entry& entry : read_map(field, "'" + name + "'")) {
    if (entry.key != "quantizer") {
      check_not_short_for(entry, quantizer, named);
      read_entry(entry, catalog, rule);
    }
  }
  rule.is_float = rule.parameters.contains("bits") && rule.parameters["bits"] == 32;
  return rule;
}

}  // namespace qsweep
