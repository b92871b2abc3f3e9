#include "qsweep/config/float_format.hpp"

#include <cmath>

namespace qsweep {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "8" or "10", from `begin` to before `end`; -1 for anything else.
int number_in(const std::string& text, size_t begin, size_t end) {
  if (begin >= end || end - begin > 2 || text[begin] == '0') {
    return -1;
  }
  int number = 0;
  for (size_t i = begin; i < end; ++i) {
    if (!is_digit(text[i])) {
      return -1;
    }
    number = 10 * number + (text[i] - '0');
  }
  return number;
}

}  // namespace

bool FloatFormat::has_infinity() const {
  return exponent == 8 || (exponent == 5 && (mantissa == 2 || mantissa == 10));
}

bool FloatFormat::has_nan() const {
  return has_infinity() || (exponent == 4 && mantissa == 3);
}

int FloatFormat::max_exponent() const {
  return (1 << exponent) - 1 - bias() - (has_infinity() ? 1 : 0);
}

double FloatFormat::max() const {
  const bool highest_is_nan = has_nan() && !has_infinity();
  const double mantissa_max = 2 - std::ldexp(highest_is_nan ? 2 : 1, -mantissa);
  return std::ldexp(mantissa_max, max_exponent());
}

std::optional<FloatFormat> float_format(const std::string& name) {
  if (name == "bf16") {
    return FloatFormat{8, 7};
  }
  if (name == "fp16") {
    return FloatFormat{5, 10};
  }
  const size_t middle = name.find('m');
  if (name.empty() || name[0] != 'e' || middle == std::string::npos) {
    return std::nullopt;
  }
  const FloatFormat format{number_in(name, 1, middle), number_in(name, middle + 1, name.size())};
  const bool valid =
      format.exponent >= 2 && format.exponent <= 8 && format.mantissa >= 1 && format.mantissa <= 10;
  return valid ? std::optional(format) : std::nullopt;
}

}  // namespace qsweep
