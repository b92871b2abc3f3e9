#include "qsweep/quant/kernels/dorefa_cuts.hpp"

#include "qsweep/quant/kernels/avx512.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace qsweep::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Fewer than kBuckets, so that the last cut is in the last bucket. Cuts of 5 bits are at least
// 1 / 31.55 of the last one apart (at largest = 1, the first two; tanh bends them apart from
// there).
constexpr float kUpToLast = 31.9F;

float at_least(double cut) {
  const auto nearest = static_cast<float>(cut);
  return static_cast<double>(nearest) < cut ? std::nextafter(nearest, kInfinity) : nearest;
}

void fill_buckets(DorefaCuts& cuts) {
  cuts.buckets = kUpToLast / cuts.cuts[cuts.count - 1];
  int next = 0;
  for (int bucket = 0; bucket < DorefaCuts::kBuckets; ++bucket) {
    cuts.level_from[bucket] = static_cast<float>(next) + 0.5F;
    cuts.cut_in[bucket] = kInfinity;
    if (next < cuts.count && static_cast<int>(cuts.cuts[next] * cuts.buckets) == bucket) {
      cuts.cut_in[bucket] = cuts.cuts[next];
      ++next;
    }
  }
}

// One by one, which loops do side by side.
template <int kCuts>
class Counted {
 public:
  QSWEEP_PART_OF_LOOP explicit Counted(const DorefaCuts& cuts) {
    for (int i = 0; i < kCuts; ++i) {
      cuts_[i] = cuts.cuts[i];
    }
  }
  QSWEEP_PART_OF_LOOP float level(float size) const {
    return level(size, std::make_integer_sequence<int, kCuts>());
  }

 private:
  // Written out for each cut, since a loop within a loop would not be vectorized.
  template <int... kCut>
  QSWEEP_PART_OF_LOOP float level(float size, std::integer_sequence<int, kCut...> /*cuts*/) const {
    float level = 0.5F;
    ((level = size >= cuts_[kCut] ? static_cast<float>(kCut) + 1.5F : level), ...);
    return level;
  }

  float cuts_[kCuts];
};

template <int kCuts>
QSWEEP_PART_OF_LOOP bool count_cuts(
    const float* x, float* y, int64_t count, const DorefaCuts& cuts, float distance) {
  const Counted<kCuts> own(cuts);
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i] + 0.0F;  // -0 is 0, whose level is the positive one
    largest = std::max(largest, magnitude_bits(value));
    y[i] = std::copysign(own.level(std::fabs(value)) * distance, value);
  }
  return largest < kInfinityBits;
}

QSWEEP_VECTORIZED
bool map_by_loops(const float* x, float* y, int64_t count, const DorefaCuts& cuts, float distance) {
  switch (cuts.count) {
    case 1:
      return count_cuts<1>(x, y, count, cuts, distance);
    case 3:
      return count_cuts<3>(x, y, count, cuts, distance);
    case 7:
      return count_cuts<7>(x, y, count, cuts, distance);
    default:
      return count_cuts<15>(x, y, count, cuts, distance);
  }
}

#ifdef QSWEEP_AVX512

// `count` is a multiple of kVector.
__attribute__((target("avx512f"))) bool map_by_buckets(
    const float* x, float* y, int64_t count, const DorefaCuts& cuts, float distance) {
  Floats cut_in[2];
  Floats level_from[2];
  std::memcpy(cut_in, cuts.cut_in, sizeof cut_in);
  std::memcpy(level_from, cuts.level_from, sizeof level_from);
  const Floats buckets = Floats{} + cuts.buckets;
  const Floats last = Floats{} + static_cast<float>(DorefaCuts::kBuckets - 1);
  const Floats one = Floats{} + 1.0F;
  Ints largest{};
  for (int64_t i = 0; i < count; i += kVector) {
    Floats value;
    std::memcpy(&value, x + i, sizeof value);
    value = value + 0.0F;  // -0 is 0, whose level is the positive one
    const Ints bits = reinterpret_cast<Ints>(value);
    const Ints magnitude = bits & INT32_MAX;
    largest = magnitude > largest ? magnitude : largest;
    const Floats size = reinterpret_cast<Floats>(magnitude);
    const Floats place = _mm512_maskz_min_ps(kWholeVector, size * buckets, last);
    const Ints bucket = reinterpret_cast<Ints>(_mm512_maskz_cvttps_epi32(kWholeVector, place));
    const Floats cut = __builtin_shuffle(cut_in[0], cut_in[1], bucket);
    const Floats from = __builtin_shuffle(level_from[0], level_from[1], bucket);
    const __mmask16 beyond = _mm512_cmp_ps_mask(size, cut, _CMP_GE_OQ);
    const Floats level = Floats(_mm512_mask_add_ps(from, beyond, from, one)) * distance;
    const Ints with_sign = reinterpret_cast<Ints>(level) | (bits & INT32_MIN);
    std::memcpy(y + i, &with_sign, sizeof with_sign);
  }
  return largest_of(largest) < kInfinityBits;
}

// Maps as many elements as it can, from the first one on, and returns how many.
int64_t bucketed(
    const float* x, float* y, int64_t count, const DorefaCuts& cuts, float distance, bool& finite) {
  static const bool looks_up = __builtin_cpu_supports("avx512f") != 0;
  const int64_t whole = looks_up ? count - count % kVector : 0;
  if (whole > 0) {  // to be called at all, map_by_buckets needs those instructions
    finite = map_by_buckets(x, y, whole, cuts, distance);
  }
  return whole;
}

#else

int64_t bucketed(const float*, float*, int64_t, const DorefaCuts&, float, bool&) {
  return 0;
}

#endif

}  // namespace

DorefaCuts dorefa_cuts(int bits, double largest) {
  DorefaCuts cuts{};
  cuts.count = (1 << (bits - 1)) - 1;
  const double middle = cuts.count + 0.5;  // top / 2
  for (int cut = 0; cut < cuts.count; ++cut) {
    cuts.cuts[cut] = at_least(std::atanh(largest * (cut + 1) / middle));
  }
  fill_buckets(cuts);
  return cuts;
}

bool dorefa(const float* x, float* y, int64_t count, const DorefaCuts& cuts, float distance) {
  bool finite = true;
  const int64_t done = bucketed(x, y, count, cuts, distance, finite);
  return map_by_loops(x + done, y + done, count - done, cuts, distance) && finite;
}

}  // namespace qsweep::kernels
