#include "qsweep/config/split_expression.hpp"

#include "qsweep/config/scalars.hpp"
#include "qsweep/core/error.hpp"

#include <charconv>
#include <string_view>

namespace qsweep {
namespace {

/// The number that is the whole of `digits`; none if it is empty.
bool read_bound(std::string_view digits, std::optional<int64_t>& bound) {
  if (digits.empty()) {
    return true;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bound = value;
  return error == std::errc() && end == digits.data() + digits.size();
}

int64_t from_start(int64_t bound, int64_t count) {
  return bound < 0 ? bound + count : bound;
}

// Whatever the split's size: that tells which comes first only where both ends have one sign.
bool is_empty(const SplitExpression& expression) {
  const int64_t last = expression.last.value_or(INT64_MAX);
  const bool from_same_end = (expression.first < 0) == (last < 0);
  return expression.last && from_same_end && last <= expression.first;
}

}  // namespace

std::optional<SplitExpression> parse_split(const std::string& text) {
  const size_t open = text.find('[');
  SplitExpression expression;
  expression.split = text.substr(0, open);
  if (!is_plain_name(expression.split)) {
    return std::nullopt;
  }
  if (open == std::string::npos) {
    return expression;
  }
  const std::string_view slice = std::string_view(text).substr(open + 1);
  const size_t colon = slice.find(':');
  std::optional<int64_t> first;
  if (colon == std::string_view::npos || slice.back() != ']' ||
      !read_bound(slice.substr(0, colon), first) ||
      !read_bound(slice.substr(colon + 1, slice.size() - colon - 2), expression.last)) {
    return std::nullopt;
  }
  expression.first = first.value_or(0);
  return is_empty(expression) ? std::nullopt : std::make_optional(expression);
}

ImageRange resolve_split(const SplitExpression& expression,
                         int64_t count,
                         const std::string& setting) {
  const ImageRange range{from_start(expression.first, count),
                         from_start(expression.last.value_or(count), count)};
  const std::string text = setting + ": '" + to_string(expression) + "'";
  if (range.first < 0 || range.last < 0 || range.first > count || range.last > count) {
    throw ConfigError(text + " reaches beyond the " + std::to_string(count) + " images of '" +
                      expression.split + "'");
  }
  if (range.first >= range.last) {
    throw ConfigError(text + " holds no image");
  }
  return range;
}

std::string to_string(const SplitExpression& expression) {
  if (expression.first == 0 && !expression.last) {
    return expression.split;
  }
  return expression.split + '[' +
         (expression.first == 0 ? std::string() : std::to_string(expression.first)) + ':' +
         (expression.last ? std::to_string(*expression.last) : std::string()) + ']';
}

}  // namespace qsweep
