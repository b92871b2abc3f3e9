#include "qsweep/quant/kernels/table_kernel.hpp"

#include "qsweep/quant/kernels/avx512.hpp"
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

#ifdef QSWEEP_AVX512

// The same, with the tables in registers, from which AVX-512 takes 16 numbers at once. The number
// of a place's level is the count of marks up to it. `count` is a multiple of kVector.
template <int kSteps, bool kFromZero>  // mean, low and offset are 0
__attribute__((target("avx512f,avx512vpopcntdq"))) bool map_by_rank(const float* x,
                                                                    float* y,
                                                                    int64_t count,
                                                                    const LevelTable& table) {
  constexpr bool kManyWords = kSteps > 31;  // 32 marks and ranks, else 16
  Ints marks[2];
  Ints ranks[2];
  Floats levels[4] = {};
  std::memcpy(marks, table.marks, sizeof marks);
  std::memcpy(ranks, table.ranks, sizeof ranks);
  std::memcpy(levels, table.levels, (kSteps + 1) * sizeof(float));
  const LevelTable own = table;
  const Floats low = Floats{} + own.low;
  const Floats high = Floats{} + 1.0F;
  Ints largest{};
  for (int64_t i = 0; i < count; i += kVector) {
    Floats value;
    std::memcpy(&value, x + i, sizeof value);
    const Ints magnitude = reinterpret_cast<Ints>(value) & INT32_MAX;
    largest = magnitude > largest ? magnitude : largest;
    Floats t = (kFromZero ? value : value - own.mean) * own.inverse;
    t = t > low ? t : low;
    t = _mm512_maskz_min_ps(kWholeVector, t, high);
    const Ints bits = reinterpret_cast<Ints>(t);
    const Floats size = kFromZero ? t : reinterpret_cast<Floats>(bits & INT32_MAX);
    const Ints place = reinterpret_cast<Ints>(_mm512_maskz_cvt_roundps_epi32(
        kWholeVector, size * own.places, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC));
    const Ints word = place >> 5;
    const Ints up_to = (kManyWords ? __builtin_shuffle(marks[0], marks[1], word)
                                   : __builtin_shuffle(marks[0], word))
                       << (~place & 31);  // without the marks of later places
    const Ints before = kManyWords ? __builtin_shuffle(ranks[0], ranks[1], word)
                                   : __builtin_shuffle(ranks[0], word);
    const Ints number =
        before + reinterpret_cast<Ints>(_mm512_popcnt_epi32(reinterpret_cast<__m512i>(up_to)));
    Floats level = kSteps > 15 ? __builtin_shuffle(levels[0], levels[1], number)
                               : __builtin_shuffle(levels[0], number);
    if (kSteps > 31) {
      level = number > 31 ? __builtin_shuffle(levels[2], levels[3], number) : level;
    }
    if (kFromZero) {
      level = level * own.scale;
    } else {
      const Ints with_sign = reinterpret_cast<Ints>(level) | (bits & INT32_MIN);
      level = reinterpret_cast<Floats>(with_sign) * own.scale + own.offset;
    }
    std::memcpy(y + i, &level, sizeof level);
  }
  return largest_of(largest) < kInfinityBits;
}

// Maps as many elements as it can, from the first one on, and returns how many.
template <bool kFromZero>
int64_t ranked_from(
    const float* x, float* y, int64_t count, const LevelTable& table, bool& finite) {
  static const bool counts =
      __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vpopcntdq") != 0;
  const int64_t whole = counts ? count - count % kVector : 0;
  if (whole == 0) {
    return 0;  // to be called at all, map_by_rank needs those instructions
  }
  switch (table.steps) {
    case 7:
      finite = map_by_rank<7, kFromZero>(x, y, whole, table);
      return whole;
    case 15:
      finite = map_by_rank<15, kFromZero>(x, y, whole, table);
      return whole;
    case 31:
      finite = map_by_rank<31, kFromZero>(x, y, whole, table);
      return whole;
    case 63:
      finite = map_by_rank<63, kFromZero>(x, y, whole, table);
      return whole;
    default:
      return 0;
  }
}

int64_t ranked(const float* x, float* y, int64_t count, const LevelTable& table, bool& finite) {
  const bool from_zero = table.mean == 0.0F && table.low == 0.0F && table.offset == 0.0F;
  return from_zero ? ranked_from<true>(x, y, count, table, finite)
                   : ranked_from<false>(x, y, count, table, finite);
}

#else

int64_t ranked(const float*, float*, int64_t, const LevelTable&, bool&) {
  return 0;
}

#endif

// Beyond the ends the level is the end. Products and not branches, which would not be vectorized.
QSWEEP_PART_OF_LOOP void pass_gradient(float x,
                                       float level,
                                       float dy,
                                       float& dx,
                                       const LevelTable& table,
                                       const TableGradient& passing,
                                       float everywhere,
                                       float& learned) {
  const float t = (x - table.mean) * table.inverse;
  const float end = clipped(t, table.low);
  const float inside = t == end ? 1.0F : 0.0F;
  learned = dy * (level - end * inside);
  const float through = inside * (x > passing.floor ? 1.0F : 0.0F);
  dx = dy * passing.slope * (everywhere > through ? everywhere : through);
}

// Fills dx of a block with these levels.
QSWEEP_VECTORIZED
double pass_gradients(const float* x,
                      const float* levels,
                      const float* dy,
                      float* dx,
                      int64_t count,
                      const LevelTable& table,
                      const TableGradient& gradient) {
  const LevelTable own = table;
  const TableGradient passing = gradient;
  const float everywhere = passing.everywhere ? 1.0F : 0.0F;
  LaneSum sum;
  const int64_t whole = count - count % kSumLanes;
  for (int64_t row = 0; row < whole; row += kSumLanes) {
    float learned[kSumLanes];
#pragma GCC ivdep
#pragma GCC unroll 1  // unrolled, it would not be vectorized
    for (int64_t lane = 0; lane < kSumLanes; ++lane) {
      const int64_t i = row + lane;
      pass_gradient(x[i], levels[i], dy[i], dx[i], own, passing, everywhere, learned[lane]);
    }
    sum.add(learned);
  }
  float rest[kSumLanes] = {};
  for (int64_t i = whole; i < count; ++i) {
    pass_gradient(x[i], levels[i], dy[i], dx[i], own, passing, everywhere, rest[i - whole]);
  }
  sum.add(rest);
  return sum.total();
}

}  // namespace

bool nearest_level(const float* x, float* y, int64_t count, const LevelTable& table) {
  bool finite = true;
  const int64_t done = ranked(x, y, count, table, finite);
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
    sum += pass_gradients(x + first, levels, dy + first, dx + first, length, table, gradient);
  }
  return sum;
}

}  // namespace qsweep::kernels
