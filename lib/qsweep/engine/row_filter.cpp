#include "qsweep/engine/row_filter.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/plan/match.hpp"
#include "qsweep/plan/row_value.hpp"

#include <algorithm>
#include <cstring>

namespace qsweep {
namespace {

bool is_ordering(const std::string& op) {
  return op[0] == '<' || op[0] == '>';
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  const size_t last = text.find_last_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  size_t start = 0;
  for (size_t end = text.find(','); end != std::string::npos; end = text.find(',', start)) {
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

bool compares(double left, const std::string& op, double right) {
  if (op == "<") {
    return left < right;
  }
  if (op == "<=") {
    return left <= right;
  }
  return op == ">" ? left > right : left >= right;
}

}  // namespace

RowFilter::RowFilter(const std::string& option,
                     const std::vector<std::string>& expressions,
                     const std::vector<std::string>& variables)
    : variables_(variables) {
  std::vector<std::string> names{"model", "policy", "data"};
  names.insert(names.end(), variables.begin(), variables.end());
  for (const std::string& text : expressions) {
    const std::string place = option + " '" + text + "': ";
    std::vector<Condition> all_of;
    for (const std::string& part : split_at_commas(text)) {
      all_of.push_back(read_condition(part, place));
      if (std::find(names.begin(), names.end(), all_of.back().name) == names.end()) {
        throw ConfigError(place + unknown_name("name", all_of.back().name, names));
      }
    }
    any_of_.push_back(std::move(all_of));
  }
}

RowFilter::Condition RowFilter::read_condition(const std::string& text, const std::string& place) {
  const size_t start = text.find_first_of("=!<>");
  if (start == std::string::npos) {
    throw ConfigError(place + "'" + text + "' must be like 'w<=4', with one of = != < <= > >=");
  }
  const size_t length = start + 1 < text.size() && text[start + 1] == '=' ? 2 : 1;
  Condition condition{trimmed(text.substr(0, start)),
                      text.substr(start, length),
                      trimmed(text.substr(start + length))};
  if (condition.op == "==") {
    condition.op = "=";
  }
  const bool is_doubled =
      !condition.value.empty() && std::strchr("=!<>", condition.value[0]) != nullptr;
  if (condition.op == "!" || condition.name.empty() || is_doubled) {
    throw ConfigError(place + "'" + text + "' must be like 'w<=4', with one of = != < <= > >=");
  }
  if (is_ordering(condition.op) && !as_number(condition.value)) {
    throw ConfigError(place + "'" + condition.op + "' compares numbers, got '" + condition.value +
                      "'");
  }
  return condition;
}

bool RowFilter::matches(const Row& row) const {
  return std::any_of(any_of_.begin(), any_of_.end(), [&](const auto& all_of) {
    return std::all_of(all_of.begin(), all_of.end(), [&](const Condition& condition) {
      return holds(condition, row);
    });
  });
}

std::string RowFilter::unmatched(const Plan& plan) const {
  for (const auto& all_of : any_of_) {
    for (const Condition& condition : all_of) {
      bool is_met = false;
      for (size_t i = 0; i < plan.row_count() && !is_met; ++i) {
        is_met = holds(condition, plan.row(i));
      }
      if (!is_met) {
        return "no row has " + condition.name + condition.op + condition.value + "; " +
               condition.name + " is " + values_text(condition.name, plan);
      }
    }
  }
  return "";
}

std::string RowFilter::values_text(const std::string& name, const Plan& plan) const {
  constexpr size_t kMostListed = 12;
  std::vector<std::string> values;
  for (size_t i = 0; i < plan.row_count() && values.size() <= kMostListed; ++i) {
    const std::string value = value_of(plan.row(i), variables_, name).value_or("");
    if (!value.empty() && !contains(values, value)) {
      values.push_back(value);
    }
  }
  std::string text;
  for (size_t i = 0; i < values.size(); ++i) {
    text += (i == 0 ? "" : ", ") + (i < kMostListed ? values[i] : "...");
  }
  return text;
}

bool RowFilter::holds(const Condition& condition, const Row& row) const {
  const std::string value = value_of(row, variables_, condition.name).value_or("");
  if (is_ordering(condition.op)) {
    const auto number = as_number(value);
    return number && compares(*number, condition.op, *as_number(condition.value));
  }
  const bool equal = same_value(condition.value, value) || glob_matches(condition.value, value);
  return equal == (condition.op == "=");
}

}  // namespace qsweep
