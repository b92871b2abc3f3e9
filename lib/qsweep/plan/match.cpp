#include "qsweep/plan/match.hpp"

#include <algorithm>
#include <cstddef>

namespace qsweep {
namespace {

template <class Value, class Holds>
bool any_or_none_given(const std::vector<Value>& values, Holds holds) {
  return values.empty() || std::any_of(values.begin(), values.end(), holds);
}

bool is_at(const std::string& position, const Positions& positions, size_t layer) {
  return (position == "first" ? positions.first : positions.last)[layer] != 0;
}

bool names_type(const Selector& selector, const std::string& type) {
  return std::find(selector.types.begin(), selector.types.end(), type) != selector.types.end();
}

}  // namespace

bool glob_matches(const std::string& pattern, const std::string& text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string::npos;  // the last `*`, and where the text goes on behind it
  size_t behind_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      behind_star = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++behind_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string::npos;
}

bool selects(const Selector& selector,
             const std::vector<Layer>& layers,
             const Positions& positions,
             size_t layer) {
  const Layer& candidate = layers[layer];
  return any_or_none_given(
             selector.types,
             [&](const std::string& type) { return type == "*" || type == candidate.type; }) &&
         any_or_none_given(
             selector.names,
             [&](const std::string& name) { return glob_matches(name, candidate.name); }) &&
         any_or_none_given(
             selector.positions,
             [&](const std::string& position) { return is_at(position, positions, layer); }) &&
         (selector.negated == nullptr || !selects(*selector.negated, layers, positions, layer));
}

bool reaches_output(const Selector& selector,
                    const std::vector<Layer>& layers,
                    const Positions& positions,
                    size_t layer) {
  return positions.logits[layer] == 0 || !names_type(selector, "*") ||
         names_type(selector, layers[layer].type);
}

}  // namespace qsweep
