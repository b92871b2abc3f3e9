#pragma once

#include "qsweep/quant/calibrator.hpp"

namespace qsweep {

/// Statistics, per channel: "min", "max", float; "mean", "variance" (over all values, so divided by
/// their number), "mean_abs", double; "count" [1], values of each channel, double.
ObserverKind moments_observer();

/// The moments of the channels, or those of all values, [1].
struct Moments {
  Range seen;
  torch::Tensor mean;
  torch::Tensor variance;
  torch::Tensor mean_abs;
};
Moments moments_of(const Statistics& statistics, bool per_channel);

}  // namespace qsweep
