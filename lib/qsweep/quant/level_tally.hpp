#pragma once

#include <cstdint>
#include <vector>

namespace qsweep {

/// What the tensors of one site showed while it was checked.
struct LevelTally {
  explicit LevelTally(int64_t most_levels = 0) : seen(static_cast<size_t>(most_levels), 0) {}

  std::vector<uint8_t> seen;  // per level: did it occur?
  int64_t elements = 0;
  int64_t saturated = 0;  // elements beyond the lowest or the highest level
  int64_t off_level = 0;  // values that are none of the levels: there must be none
  double signal = 0;      // the sum of x^2
  double noise = 0;       // the sum of (x - y)^2

  /// The levels that occurred.
  int64_t levels() const;
  /// The levels that did not.
  int64_t dead_levels() const { return static_cast<int64_t>(seen.size()) - levels(); }
  /// Of the elements, 0 to 1.
  double saturation() const;
  /// 10 log10(signal / noise); infinite without noise, else minus infinity without signal.
  double sqnr_db() const;
};

}  // namespace qsweep
