#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// 2, 4, 8, ... levels from 0 to 1 that are multiples of 1 / n, and their negatives where `low` is
/// -1: t = (x - mean) * inverse, clipped to [low, 1], becomes the nearest level, of two the smaller
/// in magnitude, and x becomes level * scale + offset.
struct LevelTable {
  int64_t steps;         // from level to level
  const float* levels;   // [steps + 1], ascending
  const float* middles;  // [steps]: 2 n times what lies in the middle between level i and i + 1
  const float* nearest;  // [-2 n .. 2 n]: the level of what lies in ((i - 1) / 2n, i / 2n], and its
                         // negative at -i
  float places;          // 2 n
  float mean;
  float inverse;
  float low;  // -1 or 0
  float scale;
  float offset;
  const uint32_t* marks;  // [32]: bit p % 32 of number p / 32 says that the level of place p is
                          // not that of place p - 1
  const int32_t* ranks;   // [32]: how many marks the numbers before have
};

/// `y[i]` from `x[i]`; x and y may be the same. True if every x is finite.
bool nearest_level(const float* x, float* y, int64_t count, const LevelTable& table);

/// What passes gradients to x: low <= t <= 1 with x > floor, or everything; `slope` times.
struct TableGradient {
  bool everywhere;
  float floor;
  float slope;
};

/// Fills dx. Returns the gradient of a factor of both 1 / inverse and scale, less the scale's other
/// factors: the sum of dy (level - t) inside and of dy times the end beyond.
double nearest_level_backward(const float* x,
                              const float* dy,
                              float* dx,
                              int64_t count,
                              const LevelTable& table,
                              const TableGradient& gradient);

}  // namespace qsweep::kernels
