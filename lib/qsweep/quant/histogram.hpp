#pragma once

#include "qsweep/quant/calibrator.hpp"

namespace qsweep {

/// Counts how often values fell into bins, in one pass whatever the range. Each row (the tensor, or
/// a channel) has kBins bins of equal width over [-2^e, 2^e), where 2^e is the least power of two
/// above all |x|. Once an x lies beyond, the range doubles until it does not, and neighbouring
/// bins are merged. Counts are whole numbers and edges powers of two, so that the histogram depends
/// neither on the order of the values nor on threads.
///
/// Statistics: "counts" [rows, kBins], "zeros" [rows] (exact ones, among the counts), "exponent"
/// [rows], all int64; "min" and "max" [rows], float.
ObserverKind histogram_observer(bool per_channel);

constexpr int64_t kBins = 8192;  // half of them, or more, of a side that is used hold values

/// The width of the bins of each row, [rows], double.
torch::Tensor bin_width(const Statistics& histogram);

/// What the histogram's values ranged over.
Range seen_in(const Statistics& histogram);

/// Counts of |x|, [rows, kBins / 2]: bin i holds i * width to (i + 1) * width.
torch::Tensor magnitude_counts(const Statistics& histogram);

/// From -t to t, as far as anything was seen there; t is [rows].
Range clipped_at(const torch::Tensor& t, const Range& seen);

}  // namespace qsweep
