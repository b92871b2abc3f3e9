#include "qsweep/quant/kernels/table_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace qsweep::kernels {
namespace {

inline float clipped(float t, float low) {
  const float at_least_low = t > low ? t : low;
  return at_least_low < 1.0F ? at_least_low : 1.0F;
}

// The level of a place: so few steps are compared with one by one, which loops do side by side.
template <int kSteps>
class Compared {
 public:
  QSWEEP_PART_OF_LOOP explicit Compared(const LevelTable& table) {
    for (int step = 0; step < kSteps; ++step) {
      middles_[step] = table.middles[step];
      levels_[step] = table.levels[step + 1];
    }
  }
  QSWEEP_PART_OF_LOOP float operator()(float place) const {
    return highest_below(place, std::make_integer_sequence<int, kSteps>());
  }

 private:
  // Written out for each step, since a loop within a loop would not be vectorized.
  template <int... kStep>
  QSWEEP_PART_OF_LOOP float highest_below(float place,
                                          std::integer_sequence<int, kStep...> /*steps*/) const {
    float level = 0.0F;
    ((level = place > middles_[kStep] ? levels_[kStep] : level), ...);
    return level;
  }

  float middles_[kSteps];
  float levels_[kSteps];
};

// Of more it is looked up: middles are among the places, so that this is exact too.
class LookedUp {
 public:
  QSWEEP_PART_OF_LOOP explicit LookedUp(const LevelTable& table) : nearest_(table.nearest) {}
  QSWEEP_PART_OF_LOOP float operator()(float place) const {
    return nearest_[static_cast<int32_t>(std::ceil(place))];
  }

 private:
  const float* nearest_;
};

template <class Level>
QSWEEP_PART_OF_LOOP float signed_level(float t, float places, const Level& level) {
  return std::copysign(level(std::fabs(t) * places), t);
}

template <class Level>
QSWEEP_PART_OF_LOOP bool nearest_level_by(
    const Level& level, const float* x, float* y, int64_t count, const LevelTable& table) {
  const LevelTable own = table;  // a copy that the stores to y cannot change
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    const float t = clipped((value - own.mean) * own.inverse, own.low);
    y[i] = signed_level(t, own.places, level) * own.scale + own.offset;
  }
  return largest < kInfinityBits;
}

// Beyond the ends the level is the end. Products and not branches, which would not be vectorized.
template <class Level>
QSWEEP_PART_OF_LOOP void add_gradient(float x,
                                      float dy,
                                      float& dx,
                                      const Level& level,
                                      const LevelTable& table,
                                      const TableGradient& gradient,
                                      float everywhere,
                                      float& sum) {
  const float t = (x - table.mean) * table.inverse;
  const float end = clipped(t, table.low);
  const float inside = t == end ? 1.0F : 0.0F;
  sum += dy * (signed_level(end, table.places, level) - end * inside);
  const float through = inside * (x > gradient.floor ? 1.0F : 0.0F);
  dx = dy * gradient.slope * (everywhere > through ? everywhere : through);
}

template <class Level>
QSWEEP_PART_OF_LOOP double backward_by(const Level& level,
                                       const float* x,
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
        add_gradient(x[i], dy[i], dx[i], level, own, passing, everywhere, sum[lane]);
      }
    }
    for (int64_t i = whole; i < end; ++i) {
      add_gradient(x[i], dy[i], dx[i], level, own, passing, everywhere, sum[i - whole]);
    }
    for (const float part : sum) {
      total += static_cast<double>(part);
    }
  }
  return total;
}

// Where t lies among the places.
QSWEEP_VECTORIZED
bool find_places(const float* x, int32_t* places, int64_t count, const LevelTable& table) {
  const LevelTable own = table;
  int32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    const float t = clipped((value - own.mean) * own.inverse, own.low);
    places[i] = static_cast<int32_t>(std::copysign(std::ceil(std::fabs(t) * own.places), t));
  }
  return largest < kInfinityBits;
}

// What x becomes is taken from a table, one by one: to gather costs more.
bool nearest_level_looked_up(const float* x, float* y, int64_t count, const LevelTable& table) {
  constexpr int64_t kBlock = 1024;
  const auto end = static_cast<int64_t>(table.places);
  std::vector<float> values(static_cast<size_t>(2 * end + 1));
  for (int64_t place = -end; place <= end; ++place) {
    values[static_cast<size_t>(end + place)] = table.nearest[place] * table.scale + table.offset;
  }
  const float* middle = values.data() + end;
  int32_t places[kBlock];
  bool finite = true;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t length = std::min(kBlock, count - first);
    finite = find_places(x + first, places, length, table) && finite;
    for (int64_t i = 0; i < length; ++i) {
      y[first + i] = middle[places[i]];
    }
  }
  return finite;
}

QSWEEP_VECTORIZED
bool nearest_level_compared(const float* x, float* y, int64_t count, const LevelTable& table) {
  switch (table.steps) {
    case 1:
      return nearest_level_by(Compared<1>(table), x, y, count, table);
    case 3:
      return nearest_level_by(Compared<3>(table), x, y, count, table);
    default:
      return nearest_level_by(Compared<7>(table), x, y, count, table);
  }
}

}  // namespace

bool nearest_level(const float* x, float* y, int64_t count, const LevelTable& table) {
  constexpr int64_t kMostCompared = 7;
  return table.steps <= kMostCompared ? nearest_level_compared(x, y, count, table)
                                      : nearest_level_looked_up(x, y, count, table);
}

QSWEEP_VECTORIZED
double nearest_level_backward(const float* x,
                              const float* dy,
                              float* dx,
                              int64_t count,
                              const LevelTable& table,
                              const TableGradient& gradient) {
  switch (table.steps) {
    case 1:
      return backward_by(Compared<1>(table), x, dy, dx, count, table, gradient);
    case 3:
      return backward_by(Compared<3>(table), x, dy, dx, count, table, gradient);
    case 7:
      return backward_by(Compared<7>(table), x, dy, dx, count, table, gradient);
    case 15:
      return backward_by(Compared<15>(table), x, dy, dx, count, table, gradient);
    default:
      return backward_by(LookedUp(table), x, dy, dx, count, table, gradient);
  }
}

}  // namespace qsweep::kernels
