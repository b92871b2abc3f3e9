#include "quantizer_text.hpp"

#include "qsweep/config/scalars.hpp"
#include "qsweep/config/utf8.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

namespace qsweep {
namespace {

constexpr size_t kColumns = 100;

// Words that do not fit the line go on below its beginning.
std::string wrapped(const std::string& text, size_t indent) {
  std::istringstream words(text);
  std::string lines;
  size_t column = indent;
  for (std::string word; words >> word;) {
    const bool is_first = lines.empty();
    if (!is_first && column + 1 + word.size() > kColumns) {
      lines += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!is_first) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines + '\n';
}

std::string bits_text(const Catalog::Quantizer& quantizer) {
  if (!quantizer.bits_from.empty()) {
    return "those of its " + quantizer.bits_from;
  }
  return quantizer.max_bits == 0
             ? "always " + std::to_string(quantizer.fixed_bits)
             : std::to_string(quantizer.min_bits) + " to " + std::to_string(quantizer.max_bits);
}

std::string values_text(const Parameter& parameter) {
  switch (parameter.type) {
    case Parameter::Type::Integer:
      return "whole, " + to_string(Bounds{parameter.min, parameter.max});
    case Parameter::Type::Number:
      return to_string(Bounds{parameter.min, parameter.max});
    case Parameter::Type::Boolean:
      return "true or false";
    case Parameter::Type::Format:
    case Parameter::Type::Choice:
      break;
  }
  std::vector<std::string> names = parameter.choices;
  if (parameter.type == Parameter::Type::Format) {
    names.emplace_back("eXmY");
  }
  return listed(names);
}

Json default_of(const Parameter& parameter, const Json& defaults) {
  return defaults.value(parameter.name, parameter.default_value);
}

std::string default_text(const Parameter& parameter, const Catalog::Quantizer& quantizer) {
  const Json weight = default_of(parameter, quantizer.weight_defaults);
  const Json activation = default_of(parameter, quantizer.activation_defaults);
  if (weight.is_null() && activation.is_null()) {
    return "required";
  }
  const bool is_one = weight == activation || !quantizer.for_weights;
  if (is_one || !quantizer.for_activations) {
    return "default " + text_of(quantizer.for_weights ? weight : activation);
  }
  return "default " + text_of(weight) + " for weights, else " + text_of(activation);
}

std::string parameter_text(const Parameter& parameter, const Catalog::Quantizer& quantizer) {
  return values_text(parameter) + " (" + default_text(parameter, quantizer) +
         (parameter.weights_only && quantizer.for_activations ? ", for weights only" : "") + ")" +
         (parameter.about.empty() ? "" : ": " + parameter.about);
}

std::string short_forms_text(const Catalog::Quantizer& quantizer) {
  std::vector<std::string> names;
  for (const auto& [name, parameters] : quantizer.short_forms.items()) {
    names.push_back(name);
  }
  return listed(names, "and");
}

}  // namespace

std::string quantizer_text(const Catalog::Quantizer& quantizer) {
  std::vector<std::pair<std::string, std::string>> lines{{"bits", bits_text(quantizer)}};
  if (!quantizer.for_weights || !quantizer.for_activations) {
    lines.emplace_back("for", quantizer.for_weights ? "weights only" : "outputs and inputs only");
  }
  for (const Parameter& parameter : quantizer.parameters) {
    if (parameter.choices.size() == 1 && !parameter.default_value.is_null()) {
      continue;  // none that a file gives
    }
    lines.emplace_back(parameter.name, parameter_text(parameter, quantizer));
  }
  if (!quantizer.calibrate.empty()) {
    lines.emplace_back("calibrate", "default " + quantizer.calibrate);
  }
  if (!quantizer.weight_calibrate.empty()) {
    lines.emplace_back("calibrate", "default " + quantizer.weight_calibrate + " for weights");
  }
  if (!quantizer.short_forms.empty()) {
    lines.emplace_back("short", short_forms_text(quantizer));
  }
  if (!quantizer.paper.empty()) {
    lines.emplace_back("paper", quantizer.paper);
  }
  size_t width = 0;
  for (const auto& [name, text] : lines) {
    width = std::max(width, code_points(name));
  }
  std::string text =
      wrapped(quantizer.name + (quantizer.about.empty() ? "" : ": " + quantizer.about), 4);
  for (const auto& [name, content] : lines) {
    text += "  " + padded(name, width + 2) + wrapped(content, width + 4);
  }
  return text;
}

}  // namespace qsweep
