#include "qsweep/core/random_stream.hpp"
#include "qsweep/data/dataset.hpp"

#include <algorithm>
#include <numeric>

namespace qsweep {
namespace {

std::vector<std::vector<int64_t>> by_class(const Images& images, int64_t classes) {
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(classes));
  for (int64_t i = 0; i < images.count(); ++i) {
    members[static_cast<size_t>(images.label(i))].push_back(i);
  }
  return members;
}

/// How many of each class: as even as the classes' sizes allow. What cannot be shared out evenly
/// goes to the classes that come first in `order`.
std::vector<size_t> shares(const std::vector<std::vector<int64_t>>& members,
                           const std::vector<int64_t>& order,
                           int64_t count) {
  std::vector<size_t> taken(members.size());
  while (count > 0) {
    for (const int64_t label : order) {
      const auto c = static_cast<size_t>(label);
      if (count > 0 && taken[c] < members[c].size()) {
        ++taken[c];
        --count;
      }
    }
  }
  return taken;
}

}  // namespace

std::vector<int64_t> draw_images(const Images& images,
                                 int64_t classes,
                                 int64_t count,
                                 uint64_t seed,
                                 const std::string& purpose) {
  std::vector<int64_t> drawn;
  if (count <= 0 || count >= images.count()) {
    drawn.resize(static_cast<size_t>(images.count()));
    std::iota(drawn.begin(), drawn.end(), 0);
    return drawn;
  }
  const auto members = by_class(images, classes);
  const auto order =
      RandomStream(seed, purpose, static_cast<uint64_t>(classes)).permutation(classes);
  const std::vector<size_t> taken = shares(members, order, count);
  for (size_t c = 0; c < members.size(); ++c) {
    const auto shuffled =
        RandomStream(seed, purpose, c).permutation(static_cast<int64_t>(members[c].size()));
    for (size_t i = 0; i < taken[c]; ++i) {
      drawn.push_back(members[c][static_cast<size_t>(shuffled[i])]);
    }
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

}  // namespace qsweep
