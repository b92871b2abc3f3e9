#pragma once

#include <cstdint>

namespace qsweep {

/// A difference of two accuracies over the same images, in percent, with its 95 % interval.
struct AccuracyChange {
  double delta = 0;
  double low = 0;
  double high = 0;
};

/// Of `images` images `won` are right only now and `lost` were right only before. The images on
/// which both agree say nothing about the difference: the variance of (won - lost) / images is that
/// of paired proportions, (won + lost - (won - lost)^2 / images) / images^2, and the interval is
/// the normal approximation, delta +- 1.96 standard errors. `images` is at least 1.
AccuracyChange accuracy_change(int64_t won, int64_t lost, int64_t images);

}  // namespace qsweep
