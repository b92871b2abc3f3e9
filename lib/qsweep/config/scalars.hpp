#pragma once

#include "qsweep/config/node.hpp"
#include "qsweep/core/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// The numbers that a setting may have.
struct Bounds {
  double min = 0;
  double max = 0;
  bool above_min = false;  // min itself is not allowed
  bool below_max = false;
};

bool contains(const Bounds& bounds, double value);
/// "0 to 1", "above 0 and at most 1000", "at least 0 and below 1".
std::string to_string(const Bounds& bounds);

/// "a, b or c".
std::string listed(const std::vector<std::string>& names, const std::string& last = "or");
/// "; did you mean 'b'?", or nothing where no name is near.
std::string suggestion(const std::string& name, const std::vector<std::string>& known);

/// What stands there, for "..., got <this>": "a list", "nothing", "'abc'".
std::string described(const Node& node);

/// A value as the YAML core schema sees it: an integer, a number, a boolean, or a text.
Json json_value(const Node& scalar);

/// A value as it is written in YAML: a text without quotes.
std::string text_of(const Json& value);

// The readers below throw a ConfigError at the value: "'<name>' must be <...>, got <...>".

std::string read_text(const Node& node, const std::string& name);
int64_t read_integer(const Node& node, const std::string& name, int64_t min, int64_t max);
double read_number(const Node& node, const std::string& name, const Bounds& bounds);
/// The word `none` stands for the absence of a setting.
bool is_none(const Node& node);
std::optional<int> read_integer_or_none(const Node& node,
                                        const std::string& name,
                                        int min,
                                        int max);
std::optional<double> read_number_or_none(const Node& node,
                                          const std::string& name,
                                          const Bounds& bounds);
bool read_boolean(const Node& node, const std::string& name);
std::string read_choice(const Node& node,
                        const std::string& name,
                        const std::vector<std::string>& choices);
/// The values of a list that is not empty.
const std::vector<Node>& read_list(const Node& node, const std::string& name);
std::vector<double> read_numbers(const Node& node, const std::string& name, const Bounds& bounds);
/// A single value, or the values of a list that is not empty.
std::vector<const Node*> one_or_more(const Node& node, const std::string& name);

/// Letters, digits, `.`, `_` and `-`, the first of them no `.` or `-`, at most 200: what names
/// folders, columns, and choices of the command line.
std::string read_plain_name(const Node& node, const std::string& name);
bool is_plain_name(const std::string& text);

}  // namespace qsweep
