#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace qsweep {

/// APoT's levels (arXiv:1909.13144) of 1 to 6 bits: all sums of one number of each base set, over
/// their largest; the base sets are those of the authors' code. 2^bits of them.
struct ApotLevels {
  std::vector<float> values;  // ascending, 0 to 1
  // See kernels::LevelTable.
  std::vector<float> middles;
  std::vector<float> nearest;  // from -places to places
  std::array<uint32_t, 32> marks{};
  std::array<int32_t, 32> ranks{};
  int64_t places = 0;
};

std::shared_ptr<const ApotLevels> apot_levels(int bits);

}  // namespace qsweep
