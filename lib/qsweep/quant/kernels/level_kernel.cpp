#include "qsweep/quant/kernels/level_kernel.hpp"

#include "qsweep/quant/kernels/difference_kernel.hpp"
#include "qsweep/quant/kernels/lane_sums.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qsweep::kernels {
namespace {

constexpr int64_t kLanes = kSumLanes;
constexpr int64_t kBlock = kSumBlock;

// Sums of squares that were made in float are taken where that lost nothing: below the least, some
// squares may have underflowed, and what is no float has overflowed.
void add_squares(
    double signal, double noise, const float* x, const float* y, int64_t count, GridTally& tally) {
  constexpr double kLeast = 1e-28;
  constexpr double kMost = std::numeric_limits<float>::max();
  Differences sums{signal, noise, 0};
  const auto is_held = [](double sum) { return sum >= kLeast && sum <= kMost; };
  if (!is_held(signal) || !is_held(noise)) {
    constexpr float kNoLevel = std::numeric_limits<float>::quiet_NaN();
    sums = {};
    add_differences(x, y, y, count, kNoLevel, kNoLevel, sums);
  }
  tally.signal += sums.signal;
  tally.noise += sums.noise;
}

// One block; sums in lanes, since floating-point sums are not reordered by the compiler. `codes`
// gets the place of each value on its grid, from 0, or `levels` if it is none.
QSWEEP_VECTORIZED
void tally_block(const float* x,
                 const float* y,
                 int64_t rows,
                 const Grid& grid,
                 GridTally& tally,
                 int32_t* codes) {
  const Grid own = grid;
  const auto none = static_cast<int32_t>(own.high - own.low) + 1;
  const float lowest = own.low * own.scale * (1 + kEndRounding);  // at most 0, as zero is a level
  const float highest = own.high * own.scale * (1 + kEndRounding);
  LaneSum signal;
  LaneSum noise;
  LaneCount saturated;
  LaneCount off;
  for (int64_t row = 0; row < rows; ++row) {
    const float* from = x + row * kLanes;
    const float* to = y + row * kLanes;
    int32_t* to_codes = codes + row * kLanes;
    float squares[kLanes];
    float errors[kLanes];
    int32_t beyond[kLanes];
    int32_t is_off[kLanes];
#pragma GCC ivdep
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const float value = from[lane];
      const float level = to[lane];
      const float difference = value - level;
      const float place = std::rint(level * own.inverse);
      const float at_least_low = place > own.low ? place : own.low;
      const float code = at_least_low < own.high ? at_least_low : own.high;
      is_off[lane] = static_cast<int32_t>(code * own.scale != level);
      beyond[lane] = static_cast<int32_t>(value < lowest) | static_cast<int32_t>(value > highest);
      squares[lane] = value * value;
      errors[lane] = difference * difference;
      to_codes[lane] = is_off[lane] != 0 ? none : static_cast<int32_t>(code - own.low);
    }
    signal.add(squares);
    noise.add(errors);
    saturated.add(beyond);
    off.add(is_off);
  }
  tally.saturated += saturated.total();
  tally.off_level += off.total();
  add_squares(signal.total(), noise.total(), x, y, rows * kLanes, tally);
}

// Of at most 31 levels and `none`, which occur: a bit each.
QSWEEP_VECTORIZED
uint32_t occurring(const int32_t* codes, int64_t count) {
  uint32_t bits = 0;
  for (int64_t i = 0; i < count; ++i) {
    bits |= 1U << static_cast<uint32_t>(codes[i]);
  }
  return bits;
}

void mark(const int32_t* codes, int64_t count, int32_t levels, uint8_t* seen) {
  if (levels < 32) {
    const uint32_t bits = occurring(codes, count);
    for (int32_t level = 0; level < levels; ++level) {
      seen[level] = static_cast<uint8_t>(seen[level] | ((bits >> level) & 1U));
    }
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    if (codes[i] < levels) {
      seen[codes[i]] = 1;
    }
  }
}

}  // namespace

void tally_grid(const float* x,
                const float* y,
                int64_t count,
                const Grid& grid,
                GridTally& tally,
                uint8_t* seen) {
  const auto levels = static_cast<int32_t>(grid.high - grid.low) + 1;
  int32_t codes[kBlock];
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t length = std::min(kBlock, count - first);
    const int64_t whole = length / kLanes * kLanes;
    tally_block(x + first, y + first, whole / kLanes, grid, tally, codes);
    mark(codes, whole, levels, seen);
    if (whole < length) {  // padded with zeros, which add nothing: zero is a value of every grid
      float some_x[kLanes] = {};
      float some_y[kLanes] = {};
      std::copy(x + first + whole, x + first + length, some_x);
      std::copy(y + first + whole, y + first + length, some_y);
      tally_block(some_x, some_y, 1, grid, tally, codes);
      mark(codes, length - whole, levels, seen);
    }
  }
}

}  // namespace qsweep::kernels
