#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// DoReFa's weights of few levels, without a tanh of each: as tanh is monotone, the number of a
/// level is that of the cuts up to |x|. They are the least floats whose places, top / 2 tanh(x) /
/// largest, are at least 1, 2, 3, ...
struct DorefaCuts {
  static constexpr int kMostBits = 5;
  static constexpr int kMost = (1 << (kMostBits - 1)) - 1;
  static constexpr int kBuckets = 32;

  int count;
  float cuts[kMost];  // ascending
  // The same for looking up: [0, last cut] in buckets of equal width, with one cut each at most.
  float buckets;           // per unit of |x|
  float cut_in[kBuckets];  // infinity where there is none
  float
      level_from[kBuckets];  // of what is below that cut, in distances of neighbours: 0.5, 1.5, ...
};

/// Of 2 to kMostBits bits; `largest` is tanh of the largest |x|, above 0.
DorefaCuts dorefa_cuts(int bits, double largest);

/// `y[i]` from `x[i]`, levels being `distance` apart; x and y may be the same. True if every x is
/// finite.
bool dorefa(const float* x, float* y, int64_t count, const DorefaCuts& cuts, float distance);

}  // namespace qsweep::kernels
