#include "qsweep/quant/kernels/table_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {
namespace {

inline float clipped(float t, float low) {
  const float at_least_low = t > low ? t : low;
  return at_least_low < 1.0F ? at_least_low : 1.0F;
}

// Twice n places over [0, 1] have no threshold inside: a look-up is exact.
inline float level_of(float t, const LevelTable& table) {
  const auto place = static_cast<int32_t>(std::ceil(std::fabs(t) * table.places));
  return std::copysign(table.nearest[place], t);
}

// Beyond the ends the level is the end. Products and not branches, which would not be vectorized.
inline void add_gradient(float x,
                         float dy,
                         float& dx,
                         const LevelTable& table,
                         const TableGradient& gradient,
                         float everywhere,
                         float& sum) {
  const float t = (x - table.mean) * table.inverse;
  const float end = clipped(t, table.low);
  const float inside = t == end ? 1.0F : 0.0F;
  sum += dy * (level_of(end, table) - end * inside);
  const float through = inside * (x > gradient.floor ? 1.0F : 0.0F);
  dx = dy * gradient.slope * (everywhere > through ? everywhere : through);
}

}  // namespace

QSWEEP_VECTORIZED
bool nearest_level(const float* x, float* y, int64_t count, const LevelTable& table) {
  const LevelTable own = table;  // a copy that the stores to y cannot change
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    bad |= non_finite(value);
    const float t = clipped((value - own.mean) * own.inverse, own.low);
    y[i] = level_of(t, own) * own.scale + own.offset;
  }
  return bad == 0;
}

QSWEEP_VECTORIZED
double nearest_level_backward(const float* x,
                              const float* dy,
                              float* dx,
                              int64_t count,
                              const LevelTable& table,
                              const TableGradient& gradient) {
  const LevelTable own = table;
  const TableGradient passing = gradient;
  const float everywhere = passing.everywhere ? 1.0F : 0.0F;
  double total = 0;
  for (int64_t first = 0; first < count; first += kSumBlock) {
    const int64_t end = std::min(count, first + kSumBlock);
    const int64_t whole = end - (end - first) % kSumLanes;
    float sum[kSumLanes] = {};
    for (int64_t row = first; row < whole; row += kSumLanes) {
#pragma GCC ivdep
      for (int64_t lane = 0; lane < kSumLanes; ++lane) {
        const int64_t i = row + lane;
        add_gradient(x[i], dy[i], dx[i], own, passing, everywhere, sum[lane]);
      }
    }
    for (int64_t i = whole; i < end; ++i) {
      add_gradient(x[i], dy[i], dx[i], own, passing, everywhere, sum[i - whole]);
    }
    for (const float part : sum) {
      total += static_cast<double>(part);
    }
  }
  return total;
}

}  // namespace qsweep::kernels
