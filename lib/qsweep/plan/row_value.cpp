#include "qsweep/plan/row_value.hpp"

#include <cmath>
#include <cstdlib>

namespace qsweep {

std::optional<std::string> value_of(const Row& row,
                                    const std::vector<std::string>& variables,
                                    const std::string& name) {
  if (name == "model") {
    return row.model;
  }
  if (name == "policy") {
    return row.policy;
  }
  if (name == "data") {
    return row.data;
  }
  for (size_t i = 0; i < variables.size(); ++i) {
    if (variables[i] == name) {
      return row.values.at(i);
    }
  }
  return std::nullopt;
}

std::optional<double> as_number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool whole = !text.empty() && end == text.c_str() + text.size() && std::isfinite(value);
  return whole ? std::make_optional(value) : std::nullopt;
}

bool same_value(const std::string& a, const std::string& b) {
  const auto left = as_number(a);
  const auto right = as_number(b);
  return left && right ? *left == *right : a == b;
}

}  // namespace qsweep
