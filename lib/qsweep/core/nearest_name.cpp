#include "qsweep/core/nearest_name.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace qsweep {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

// Damerau's distance in its "optimal string alignment" form.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

constexpr size_t kLongestName = 100;  // nobody misspells more, and the distance is quadratic

std::string shortened(const std::string& name) {
  return name.size() <= kLongestName ? name : name.substr(0, kLongestName) + "...";
}

}  // namespace

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<std::string> nearest_name(const std::string& name,
                                        const std::vector<std::string>& known) {
  if (name.size() > kLongestName) {
    return std::nullopt;
  }
  constexpr size_t kShortestPrefix = 3;
  for (const std::string& candidate : known) {
    if (name.size() >= kShortestPrefix && lower(candidate).rfind(lower(name), 0) == 0) {
      return candidate;
    }
  }
  std::optional<std::string> best;
  // Below its length, since any name of one letter is one edit from any other.
  size_t best_distance = std::min(std::max<size_t>(1, name.size() / 3) + 1, name.size());
  for (const std::string& candidate : known) {
    const size_t distance = edit_distance(lower(name), lower(candidate));
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string unknown_name(const std::string& kind,
                         const std::string& name,
                         const std::vector<std::string>& known) {
  std::string text = "unknown " + kind + " '" + shortened(name) + "'";
  if (const auto nearest = nearest_name(name, known)) {
    return text + "; did you mean '" + *nearest + "'?";
  }
  text += known.empty() ? "; none are known" : "; known are ";
  for (size_t i = 0; i < known.size(); ++i) {
    text += (i == 0 ? "" : ", ") + known[i];
  }
  return text;
}

}  // namespace qsweep
