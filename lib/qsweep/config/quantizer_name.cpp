#include "qsweep/config/quantizer_name.hpp"

#include "qsweep/config/float_format.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/core/nearest_name.hpp"

namespace qsweep {
namespace {

bool suits(const Catalog::Quantizer& quantizer, const std::string& field) {
  return field == "weight" ? quantizer.for_weights : quantizer.for_activations;
}

// Puts into the rule what a name stands for; false where no quantizer has it.
bool find_quantizer(const std::string& name, const Catalog& catalog, FieldRule& rule) {
  for (const Catalog::Quantizer& quantizer : catalog.quantizers) {
    if (quantizer.name == name) {
      rule.quantizer = name;
      return true;
    }
    const auto short_form = quantizer.short_forms.find(name);
    if (short_form != quantizer.short_forms.end()) {
      rule.quantizer = quantizer.name;
      rule.parameters = *short_form;
      return true;
    }
  }
  return false;
}

// The short names are of common formats; others are written out.
std::string unknown_quantizer(const std::string& name,
                              const std::string& field,
                              const Catalog& catalog) {
  if (name == "float") {
    return "'float' is no quantizer; write '" + field + ": float'";
  }
  if (float_format(name)) {
    for (const Catalog::Quantizer& quantizer : catalog.quantizers) {
      for (const Parameter& parameter : quantizer.parameters) {
        if (parameter.type == Parameter::Type::Format) {
          return "unknown quantizer '" + name + "'; it is a format of '" + quantizer.name +
                 "': {quantizer: " + quantizer.name + ", " + parameter.name + ": " + name + "}";
        }
      }
    }
  }
  return unknown_name("quantizer", name, quantizer_names(catalog));
}

void check_field(const Place& place,
                 const std::string& name,
                 const std::string& field,
                 const Catalog& catalog) {
  if (suits(*catalog.quantizer(name), field)) {
    return;
  }
  std::vector<std::string> others;
  for (const Catalog::Quantizer& quantizer : catalog.quantizers) {
    if (suits(quantizer, field)) {
      others.push_back(quantizer.name);
    }
  }
  const bool is_weight = field == "weight";
  throw config_error(place,
                     "'" + name + "' is for " + (is_weight ? "activations" : "weights") +
                         " only; for " + (is_weight ? "weights" : "activations") + " there are " +
                         listed(others, "and"));
}

}  // namespace

std::vector<std::string> quantizer_names(const Catalog& catalog) {
  std::vector<std::string> names = names_of(catalog.quantizers);
  for (const Catalog::Quantizer& quantizer : catalog.quantizers) {
    for (const auto& [name, parameters] : quantizer.short_forms.items()) {
      names.push_back(name);
    }
  }
  return names;
}

void read_quantizer_name(const Node& value,
                         const std::string& field,
                         const Catalog& catalog,
                         FieldRule& rule) {
  const std::string name = read_text(value, "quantizer");
  if (!find_quantizer(name, catalog, rule)) {
    throw config_error(value.place, unknown_quantizer(name, field, catalog));
  }
  check_field(value.place, rule.quantizer, field, catalog);
  rule.places["quantizer"] = value.place;
  for (const auto& [key, parameter] : rule.parameters.items()) {
    rule.places[key] = value.place;
  }
}

}  // namespace qsweep
