#include "qsweep/config/parameters.hpp"

#include "qsweep/config/scalars.hpp"

#include <algorithm>

namespace qsweep {
namespace {

bool fits(const Parameter& parameter, const Json& value) {
  switch (parameter.type) {
    case Parameter::Type::Integer:
      return value.is_number_integer() && contains({parameter.min, parameter.max}, value);
    case Parameter::Type::Number:
      return value.is_number() && contains({parameter.min, parameter.max}, value);
    case Parameter::Type::Boolean:
      return value.is_boolean();
    case Parameter::Type::Choice:
    case Parameter::Type::Format:
      break;
  }
  return value.is_string() &&
         std::find(parameter.choices.begin(), parameter.choices.end(), value) !=
             parameter.choices.end();
}

std::string expected(const Parameter& parameter) {
  switch (parameter.type) {
    case Parameter::Type::Integer:
      return "a whole number from " + to_string(Bounds{parameter.min, parameter.max});
    case Parameter::Type::Number:
      return "a number from " + to_string(Bounds{parameter.min, parameter.max});
    case Parameter::Type::Boolean:
      return "true or false";
    case Parameter::Type::Choice:
    case Parameter::Type::Format:
      break;
  }
  return listed(parameter.choices);
}

}  // namespace

const Parameter* find_parameter(const std::vector<Parameter>& parameters, const std::string& name) {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name) {
      return &parameter;
    }
  }
  return nullptr;
}

void check_parameter(const Parameter& parameter,
                     const Json& value,
                     const std::string& owner,
                     const Place& place) {
  if (fits(parameter, value)) {
    return;
  }
  const std::string nearest =
      value.is_string() ? suggestion(value.get<std::string>(), parameter.choices) : "";
  throw config_error(place,
                     "'" + parameter.name + "' of '" + owner + "' must be " + expected(parameter) +
                         ", got " + value.dump() + nearest);
}

Json read_parameter(const Node& value, const Parameter& parameter, const std::string& owner) {
  if (value.kind != Node::Kind::Scalar) {
    throw config_error(value.place,
                       "'" + parameter.name + "' of '" + owner + "' must be " +
                           expected(parameter) + ", got " + described(value));
  }
  Json json = json_value(value);
  check_parameter(parameter, json, owner, value.place);
  return json;
}

void check_bits(const Catalog::Quantizer& quantizer, int64_t bits, const Place& place) {
  if (bits == 32 || (bits >= quantizer.min_bits && bits <= quantizer.max_bits)) {
    return;
  }
  if (quantizer.max_bits == 0) {
    if (bits == quantizer.fixed_bits) {
      return;
    }
    throw config_error(place,
                       "bits of '" + quantizer.name + "' are always " +
                           std::to_string(quantizer.fixed_bits) + ", or 32 for float; got " +
                           std::to_string(bits));
  }
  throw config_error(
      place,
      "bits of '" + quantizer.name + "' must be " + std::to_string(quantizer.min_bits) + " to " +
          std::to_string(quantizer.max_bits) + ", or 32 for float; got " + std::to_string(bits));
}

}  // namespace qsweep
