#include "qsweep/quant/apot_levels.hpp"

#include <algorithm>

namespace qsweep {
namespace {

// The base sets times the power of two that makes them whole numbers; each also holds 0. With
// these, the largest sum is the n of which levels are multiples of 1 / n: 1, 4, 10, 48, 100, 448.
std::vector<std::vector<int64_t>> base_sets(int bits) {
  switch (bits) {
    case 1:
      return {{1}};
    case 2:
      return {{4, 2, 1}};  // 2^-1, 2^-2, 2^-3
    case 3:
      return {{8, 4, 1}, {2}};  // 2^-1, 2^-2, 2^-4; 2^-3
    case 4:
      return {{32, 8, 2}, {16, 4, 1}};  // 2^-1, 2^-3, 2^-5; 2^-2, 2^-4, 2^-6
    case 5:
      return {{64, 16, 2}, {32, 8, 1}, {4}};  // 2^-1, 2^-3, 2^-6; 2^-2, 2^-4, 2^-7; 2^-5
    default:
      return {{256, 32, 4}, {128, 16, 2}, {64, 8, 1}};  // 2^-1, 2^-4, 2^-7; and halves of it
  }
}

std::vector<int64_t> sums(const std::vector<std::vector<int64_t>>& sets) {
  std::vector<int64_t> all{0};
  for (const std::vector<int64_t>& set : sets) {
    const std::vector<int64_t> before = all;
    for (const int64_t added : set) {
      for (const int64_t sum : before) {
        all.push_back(sum + added);
      }
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::shared_ptr<const ApotLevels> apot_levels(int bits) {
  const std::vector<int64_t> whole = sums(base_sets(bits));
  const int64_t largest = whole.back();
  auto levels = std::make_shared<ApotLevels>();
  for (const int64_t level : whole) {
    levels->values.push_back(static_cast<float>(level) / static_cast<float>(largest));
  }
  levels->places = 2 * largest;
  for (size_t i = 0; i + 1 < whole.size(); ++i) {
    levels->middles.push_back(static_cast<float>(whole[i] + whole[i + 1]));
  }
  const auto middle = static_cast<size_t>(levels->places);
  levels->nearest.resize(2 * middle + 1);
  size_t level = 0;
  for (size_t place = 0; place <= middle; ++place) {
    // The middle between two levels is a place, and still the lower one's.
    if (level < levels->middles.size() && static_cast<float>(place) > levels->middles[level]) {
      ++level;
      levels->marks[place / 32] |= uint32_t{1} << (place % 32);
    }
    levels->nearest[middle + place] = levels->values[level];
    levels->nearest[middle - place] = -levels->values[level];
    if (place % 32 == 31) {
      levels->ranks[place / 32 + 1] = static_cast<int32_t>(level);
    }
  }
  return levels;
}

}  // namespace qsweep
