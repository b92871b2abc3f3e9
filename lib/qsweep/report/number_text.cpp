#include "qsweep/report/number_text.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace qsweep {

std::string fixed_text(double value, int digits) {
  if (std::isnan(value)) {
    return "nan";
  }
  if (std::isinf(value)) {
    return value > 0 ? "inf" : "-inf";
  }
  std::array<char, 400> buffer{};  // the largest double has 309 digits before the point
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  std::string text = buffer.data();
  const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
  return is_zero && text[0] == '-' ? text.substr(1) : text;
}

std::string percent_text(double value) {
  return fixed_text(value, 2);
}

std::string change_text(double points) {
  const std::string text = fixed_text(points, 2);
  return text[0] == '-' ? text : "+" + text;
}

std::string short_text(double value) {
  std::string text = fixed_text(value, 4);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
      text.pop_back();
    }
  }
  return text;
}

std::string significant_text(double value, int digits) {
  std::array<char, 40> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*g", digits, value);
  return buffer.data();
}

}  // namespace qsweep
