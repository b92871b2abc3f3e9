#include "qsweep/config/parameters.hpp"

#include "qsweep/config/float_format.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/scalars.hpp"

#include <algorithm>

namespace qsweep {
namespace {

bool is_choice(const Parameter& parameter, const Json& value) {
  return std::find(parameter.choices.begin(), parameter.choices.end(), value) !=
         parameter.choices.end();
}

bool fits(const Parameter& parameter, const Json& value) {
  switch (parameter.type) {
    case Parameter::Type::Integer:
      return value.is_number_integer() && contains({parameter.min, parameter.max}, value);
    case Parameter::Type::Number:
      return value.is_number() && contains({parameter.min, parameter.max}, value);
    case Parameter::Type::Boolean:
      return value.is_boolean();
    case Parameter::Type::Format:
      return is_choice(parameter, value) ||
             (value.is_string() && float_format(value.get<std::string>()));
    case Parameter::Type::Choice:
      break;
  }
  return is_choice(parameter, value);
}

std::vector<std::string> with(std::vector<std::string> names, const std::string& last) {
  names.push_back(last);
  return names;
}

std::string expected(const Parameter& parameter) {
  switch (parameter.type) {
    case Parameter::Type::Integer:
      return parameter.min == parameter.max
                 ? std::to_string(static_cast<int64_t>(parameter.min))
                 : "a whole number from " + to_string(Bounds{parameter.min, parameter.max});
    case Parameter::Type::Number:
      return "a number from " + to_string(Bounds{parameter.min, parameter.max});
    case Parameter::Type::Boolean:
      return "true or false";
    case Parameter::Type::Format:
      return listed(
          with(parameter.choices, "eXmY with 2 to 8 bits of exponent and 1 to 10 of mantissa"));
    case Parameter::Type::Choice:
      break;
  }
  return listed(parameter.choices);
}

// Of several names for one format the one that the parameter lists: e8m7 is bf16.
std::string usual_name(const std::string& name, const Parameter& parameter) {
  const auto format = float_format(name);
  for (const std::string& choice : parameter.choices) {
    const auto other = float_format(choice);
    if (format && other && other->exponent == format->exponent &&
        other->mantissa == format->mantissa) {
      return choice;
    }
  }
  return name;
}

// {exponent: 4, mantissa: 3} is e4m3.
std::string format_of(const Node& map, const std::string& name) {
  const MapReader reader(map, "'" + name + "'", {"exponent", "mantissa"});
  const int64_t exponent = read_integer(reader.required("exponent"), "exponent", 2, 8);
  const int64_t mantissa = read_integer(reader.required("mantissa"), "mantissa", 1, 10);
  return "e" + std::to_string(exponent) + "m" + std::to_string(mantissa);
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
  if (parameter.type == Parameter::Type::Format && value.kind == Node::Kind::Map) {
    return usual_name(format_of(value, parameter.name), parameter);
  }
  if (value.kind != Node::Kind::Scalar) {
    throw config_error(value.place,
                       "'" + parameter.name + "' of '" + owner + "' must be " +
                           expected(parameter) + ", got " + described(value));
  }
  Json json = json_value(value);
  check_parameter(parameter, json, owner, value.place);
  if (parameter.type == Parameter::Type::Format) {
    return usual_name(json, parameter);
  }
  return json;
}

void check_bits(const Catalog::Quantizer& quantizer, int64_t bits, const Place& place) {
  const bool is_told_later = !quantizer.bits_from.empty();
  if (bits == 32 || is_told_later || (bits >= quantizer.min_bits && bits <= quantizer.max_bits)) {
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
