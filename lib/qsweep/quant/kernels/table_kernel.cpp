#include "qsweep/quant/kernels/table_kernel.hpp"

#include "qsweep/quant/kernels/lane_sums.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace qsweep::kernels {
namespace {

constexpr int64_t kBlock = kSumBlock;  // elements whose places and levels stay in cache

QSWEEP_PART_OF_LOOP float clipped(float t, float low) {
  const float at_least_low = t > low ? t : low;
  return at_least_low < 1.0F ? at_least_low : 1.0F;
}

// So few steps are compared with one by one, which loops do side by side.
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

template <int kSteps>
QSWEEP_PART_OF_LOOP bool compare_with(const float* x,
                                      float* levels,
                                      int64_t count,
                                      const LevelTable& table) {
  const Compared<kSteps> level(table);
  const LevelTable own = table;  // a copy that the stores to levels cannot change
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    const float t = clipped((value - own.mean) * own.inverse, own.low);
    levels[i] = std::copysign(level(std::fabs(t) * own.places), t);
  }
  return largest < kInfinityBits;
}

QSWEEP_VECTORIZED
bool compare(const float* x, float* levels, int64_t count, const LevelTable& table) {
  switch (table.steps) {
    case 1:
      return compare_with<1>(x, levels, count, table);
    case 3:
      return compare_with<3>(x, levels, count, table);
    default:
      return compare_with<7>(x, levels, count, table);
  }
}

// Where t lies among the places.
QSWEEP_VECTORIZED
bool find_places(const float* x, int32_t* places, int64_t count, const LevelTable& table) {
  const LevelTable own = table;
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    const float t = clipped((value - own.mean) * own.inverse, own.low);
    places[i] = static_cast<int32_t>(std::copysign(std::ceil(std::fabs(t) * own.places), t));
  }
  return largest < kInfinityBits;
}

// One by one: to gather costs more.
void look_up(const int32_t* places, float* levels, int64_t count, const float* nearest) {
  for (int64_t i = 0; i < count; ++i) {
    levels[i] = nearest[places[i]];
  }
}

QSWEEP_VECTORIZED
void bring_back(float* levels, int64_t count, float scale, float offset) {
  for (int64_t i = 0; i < count; ++i) {
    levels[i] = levels[i] * scale + offset;
  }
}

// The nearest levels times the table's scale, plus its offset. True if every x is finite.
bool map_by_loops(const float* x, float* y, int64_t count, const LevelTable& table) {
  constexpr int64_t kMostCompared = 7;  // of more steps, a look into the table costs less
  int32_t places[kBlock];
  bool finite = true;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t length = std::min(kBlock, count - first);
    if (table.steps <= kMostCompared) {
      finite = compare(x + first, y + first, length, table) && finite;
    } else {
      finite = find_places(x + first, places, length, table) && finite;
      look_up(places, y + first, length, table.nearest);
    }
    bring_back(y + first, length, table.scale, table.offset);
  }
  return finite;
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

constexpr int64_t kLanes = 16;
using Floats = float __attribute__((vector_size(64)));
using Ints = int32_t __attribute__((vector_size(64)));
using Bytes = uint8_t __attribute__((vector_size(64)));

// The same for at most 32 levels and 255 places. The tables are in registers, from which AVX-512
// takes 16 numbers at once: of a place the code, of a code the level. `count` is a multiple of
// kLanes.
template <int kSteps>
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) bool map_by_permuting(
    const float* x, float* y, int64_t count, const LevelTable& table) {
  constexpr bool kManyPlaces = kSteps > 15;  // more than 127
  Bytes codes[4];
  Floats levels[2] = {};
  std::memcpy(codes, table.codes, sizeof codes);
  std::memcpy(levels, table.levels, (kSteps + 1) * sizeof(float));
  const LevelTable own = table;
  const Floats low = Floats{} + own.low;
  const Floats high = Floats{} + 1.0F;
  Ints largest{};
  for (int64_t i = 0; i < count; i += kLanes) {
    Floats value;
    std::memcpy(&value, x + i, sizeof value);
    const Ints magnitude = reinterpret_cast<Ints>(value) & INT32_MAX;
    largest = magnitude > largest ? magnitude : largest;
    Floats t = (value - own.mean) * own.inverse;
    t = t > low ? t : low;
    t = t < high ? t : high;
    const Floats size =
        reinterpret_cast<Floats>(reinterpret_cast<Ints>(t) & INT32_MAX) * own.places;
    const Ints below = __builtin_convertvector(size, Ints);
    const Ints place = below - (__builtin_convertvector(below, Floats) < size);  // true is -1
    const Bytes at = reinterpret_cast<Bytes>(place);
    Bytes code = __builtin_shuffle(codes[0], codes[1], at);
    if (kManyPlaces) {
      code = (at & 128) != 0 ? __builtin_shuffle(codes[2], codes[3], at) : code;
    }
    const Ints number = reinterpret_cast<Ints>(code) & UINT8_MAX;
    const Floats level = kSteps > 15 ? __builtin_shuffle(levels[0], levels[1], number)
                                     : __builtin_shuffle(levels[0], number);
    const Ints bits = reinterpret_cast<Ints>(level) | (reinterpret_cast<Ints>(t) & INT32_MIN);
    const Floats result = reinterpret_cast<Floats>(bits) * own.scale + own.offset;
    std::memcpy(y + i, &result, sizeof result);
  }
  int32_t most = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    most = std::max(most, largest[lane]);
  }
  return most < kInfinityBits;
}

// Maps as many elements as it can, from the first one on, and returns how many.
int64_t permuted(const float* x, float* y, int64_t count, const LevelTable& table, bool& finite) {
  static const bool permutes = __builtin_cpu_supports("avx512f") != 0 &&
                               __builtin_cpu_supports("avx512bw") != 0 &&
                               __builtin_cpu_supports("avx512vbmi") != 0;
  const int64_t whole = permutes ? count - count % kLanes : 0;
  switch (table.steps) {
    case 7:
      finite = map_by_permuting<7>(x, y, whole, table);
      return whole;
    case 15:
      finite = map_by_permuting<15>(x, y, whole, table);
      return whole;
    case 31:
      finite = map_by_permuting<31>(x, y, whole, table);
      return whole;
    default:
      return 0;
  }
}

#else

int64_t permuted(const float*, float*, int64_t, const LevelTable&, bool&) {
  return 0;
}

#endif

// Fills dx of a block with these levels. Beyond the ends the level is the end. Products and not
// branches, which would not be vectorized.
QSWEEP_VECTORIZED
double pass_gradient(const float* x,
                     const float* levels,
                     const float* dy,
                     float* dx,
                     int64_t count,
                     const LevelTable& table,
                     const TableGradient& gradient) {
  const LevelTable own = table;
  const TableGradient passing = gradient;
  const float everywhere = passing.everywhere ? 1.0F : 0.0F;
  float learned[kBlock];
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float t = (x[i] - own.mean) * own.inverse;
    const float end = clipped(t, own.low);
    const float inside = t == end ? 1.0F : 0.0F;
    learned[i] = dy[i] * (levels[i] - end * inside);
    const float through = inside * (x[i] > passing.floor ? 1.0F : 0.0F);
    dx[i] = dy[i] * passing.slope * (everywhere > through ? everywhere : through);
  }
  return sum_in_lanes(learned, count);
}

}  // namespace

bool nearest_level(const float* x, float* y, int64_t count, const LevelTable& table) {
  bool finite = true;
  const int64_t done = permuted(x, y, count, table, finite);
  return map_by_loops(x + done, y + done, count - done, table) && finite;
}

double nearest_level_backward(const float* x,
                              const float* dy,
                              float* dx,
                              int64_t count,
                              const LevelTable& table,
                              const TableGradient& gradient) {
  LevelTable unit = table;
  unit.scale = 1.0F;
  unit.offset = 0.0F;
  double sum = 0;
  float levels[kBlock];
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t length = std::min(kBlock, count - first);
    nearest_level(x + first, levels, length, unit);
    sum += pass_gradient(x + first, levels, dy + first, dx + first, length, table, gradient);
  }
  return sum;
}

}  // namespace qsweep::kernels
