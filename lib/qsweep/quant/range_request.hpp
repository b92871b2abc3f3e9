#pragma once

#include "qsweep/quant/range.hpp"

#include <functional>

namespace qsweep {

/// What a calibrator may ask of the quantizer for which it finds a range.
struct RangeRequest {
  bool per_channel = false;  // a range per channel, else one over all of them
  int64_t levels = 0;        // the most values that one scale may have
  /// What the quantizer would make of values [ranges, n] if it had these ranges.
  std::function<torch::Tensor(const Range& range, const torch::Tensor& values)> quantize;
};

/// The bits of the quantizer's codes: the least b with levels <= 2^b.
int bits_of(const RangeRequest& request);

/// Per range, whether the quantizer would have values below zero: booleans [ranges]. An affine
/// quantizer has some where something below zero was seen, a signed one always, an unsigned one
/// never.
torch::Tensor has_negative_values(const RangeRequest& request, const Range& seen);

}  // namespace qsweep
