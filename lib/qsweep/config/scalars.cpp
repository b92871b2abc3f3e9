#include "qsweep/config/scalars.hpp"

#include "qsweep/config/utf8.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

namespace qsweep {
namespace {

constexpr size_t kLongestQuote = 60;  // of a value in a message, in code points

ConfigError wrong(const Node& node, const std::string& name, const std::string& expected) {
  return config_error(node.place,
                      "'" + name + "' must be " + expected + ", got " + described(node));
}

template <class Number>
std::optional<Number> number_in(const std::string& text) {
  std::string_view digits = text;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') {
    digits.remove_prefix(1);  // from_chars takes no plus
  }
  Number value{};
  const char* end = digits.data() + digits.size();
  const auto [stopped, failure] = std::from_chars(digits.data(), end, value);
  if (failure != std::errc() || stopped != end) {
    return std::nullopt;
  }
  return value;
}

bool is_plain_scalar(const Node& node) {
  return node.kind == Node::Kind::Scalar && !node.quoted;
}

std::optional<double> finite_number_in(const std::string& text) {
  const auto value = number_in<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

bool is_whole_number(const std::string& text) {
  const size_t start = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  return text.size() > start && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(start),
                                            text.end(),
                                            [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::optional<bool> boolean_in(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") {
    return true;
  }
  if (text == "false" || text == "False" || text == "FALSE") {
    return false;
  }
  return std::nullopt;
}

std::string short_number(double value) {
  char digits[32];
  const bool is_small_integer = std::abs(value) < 1e15 && value == std::floor(value);
  const auto end = is_small_integer
                       ? std::to_chars(digits, digits + sizeof digits, static_cast<int64_t>(value))
                       : std::to_chars(digits, digits + sizeof digits, value);
  return std::string(digits, end.ptr);
}

std::string quote(const std::string& text) {
  const std::string_view shown = first_code_points(text, kLongestQuote);
  return std::string(shown) + (shown.size() < text.size() ? "..." : "");
}

}  // namespace

bool contains(const Bounds& bounds, double value) {
  return (bounds.above_min ? value > bounds.min : value >= bounds.min) &&
         (bounds.below_max ? value < bounds.max : value <= bounds.max);
}

std::string to_string(const Bounds& bounds) {
  const std::string min = short_number(bounds.min);
  const std::string max = short_number(bounds.max);
  if (!bounds.above_min && !bounds.below_max) {
    return min + " to " + max;
  }
  return (bounds.above_min ? "above " : "at least ") + min + " and " +
         (bounds.below_max ? "below " : "at most ") + max;
}

std::string listed(const std::vector<std::string>& names, const std::string& last) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) {
      text += i + 1 == names.size() ? ' ' + last + ' ' : ", ";
    }
    text += names[i];
  }
  return text;
}

std::string suggestion(const std::string& name, const std::vector<std::string>& known) {
  const auto nearest = nearest_name(name, known);
  return nearest ? "; did you mean '" + *nearest + "'?" : "";
}

std::string described(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null:
      return "nothing";
    case Node::Kind::Sequence:
      return "a list";
    case Node::Kind::Map:
      return "a map";
    case Node::Kind::Scalar:
      break;
  }
  const bool misleading = node.quoted && (finite_number_in(node.text) || boolean_in(node.text));
  return misleading ? "the text \"" + quote(node.text) + "\"; it needs no quotes"
                    : "'" + quote(node.text) + "'";
}

Json json_value(const Node& scalar) {
  if (is_plain_scalar(scalar)) {
    if (const auto whole = number_in<int64_t>(scalar.text)) {
      return *whole;
    }
    if (const auto number = finite_number_in(scalar.text)) {
      return *number;
    }
    if (const auto boolean = boolean_in(scalar.text)) {
      return *boolean;
    }
  }
  return scalar.text;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string read_text(const Node& node, const std::string& name) {
  if (node.kind != Node::Kind::Scalar || node.text.empty()) {
    throw wrong(node, name, "a text");
  }
  return node.text;
}

int64_t read_integer(const Node& node, const std::string& name, int64_t min, int64_t max) {
  if (!is_plain_scalar(node) || !is_whole_number(node.text)) {
    throw wrong(node, name, "a whole number");
  }
  const auto value = number_in<int64_t>(node.text);
  if (!value || *value < min || *value > max) {
    throw config_error(node.place,
                       "'" + name + "' must be " + std::to_string(min) + " to " +
                           std::to_string(max) + ", got " + quote(node.text));
  }
  return *value;
}

double read_number(const Node& node, const std::string& name, const Bounds& bounds) {
  const auto value = is_plain_scalar(node) ? finite_number_in(node.text) : std::nullopt;
  if (!value) {
    throw wrong(node, name, "a number");
  }
  if (!contains(bounds, *value)) {
    throw config_error(node.place,
                       "'" + name + "' must be " + to_string(bounds) + ", got " + quote(node.text));
  }
  return *value;
}

bool is_none(const Node& node) {
  return node.kind == Node::Kind::Scalar && node.text == "none";
}

std::optional<int> read_integer_or_none(const Node& node,
                                        const std::string& name,
                                        int min,
                                        int max) {
  if (is_none(node)) {
    return std::nullopt;
  }
  if (!is_plain_scalar(node) || !is_whole_number(node.text)) {
    throw wrong(node, name, "a whole number or none");
  }
  return static_cast<int>(read_integer(node, name, min, max));
}

std::optional<double> read_number_or_none(const Node& node,
                                          const std::string& name,
                                          const Bounds& bounds) {
  if (is_none(node)) {
    return std::nullopt;
  }
  if (!is_plain_scalar(node) || !finite_number_in(node.text)) {
    throw wrong(node, name, "a number or none");
  }
  return read_number(node, name, bounds);
}

bool read_boolean(const Node& node, const std::string& name) {
  const auto value = is_plain_scalar(node) ? boolean_in(node.text) : std::nullopt;
  if (!value) {
    throw wrong(node, name, "true or false");
  }
  return *value;
}

std::string read_choice(const Node& node,
                        const std::string& name,
                        const std::vector<std::string>& choices) {
  const bool known = node.kind == Node::Kind::Scalar &&
                     std::find(choices.begin(), choices.end(), node.text) != choices.end();
  if (!known) {
    throw config_error(node.place,
                       "'" + name + "' must be " + listed(choices) + ", got " + described(node) +
                           suggestion(node.text, choices));
  }
  return node.text;
}

const std::vector<Node>& read_list(const Node& node, const std::string& name) {
  if (node.kind != Node::Kind::Sequence) {
    throw wrong(node, name, "a list");
  }
  if (node.items.empty()) {
    throw config_error(node.place, "'" + name + "' is an empty list");
  }
  return node.items;
}

std::vector<double> read_numbers(const Node& node, const std::string& name, const Bounds& bounds) {
  std::vector<double> numbers;
  for (const Node& item : read_list(node, name)) {
    numbers.push_back(read_number(item, name, bounds));
  }
  return numbers;
}

std::vector<const Node*> one_or_more(const Node& node, const std::string& name) {
  if (node.kind != Node::Kind::Sequence) {
    return {&node};
  }
  std::vector<const Node*> values;
  for (const Node& item : read_list(node, name)) {
    values.push_back(&item);
  }
  return values;
}

bool is_plain_name(const std::string& text) {
  constexpr size_t kLongest = 200;  // file systems take 255 bytes, some of them for what we add
  const bool starts_well = !text.empty() && text[0] != '.' && text[0] != '-';
  return starts_well && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return c < 0x80 && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-');
         });
}

std::string read_plain_name(const Node& node, const std::string& name) {
  if (node.kind != Node::Kind::Scalar || !is_plain_name(node.text)) {
    throw wrong(node,
                name,
                "a name of at most 200 letters, digits, '.', '_' and '-' that starts with none of "
                "'.' and '-'");
  }
  return node.text;
}

}  // namespace qsweep
