#pragma once

#include "qsweep/quant/calibrator.hpp"

namespace qsweep {

/// Values of a site, one row per range, and how often each was seen.
struct Sample {
  torch::Tensor values;  // [rows, n], float
  torch::Tensor counts;  // [rows, n], double
  Range seen;            // [rows]
};

/// The centres of the bins that are not empty, and zero itself.
Sample sample_of(const Statistics& histogram);

/// Every value of a tensor, once.
Sample sample_of(const torch::Tensor& x, int64_t channel_axis, bool per_channel);

/// Per row, [rows], double.
torch::Tensor mean_of(const Sample& sample, const torch::Tensor& numbers);

/// Calibrators that look at the values themselves: those of a histogram, or of a whole tensor.
class SampleCalibrator : public Calibrator {
 public:
  ObserverKind observer(bool per_channel) const final;
  Range range(const Statistics& statistics, const RangeRequest& request) const final;
  Range range_of(const torch::Tensor& x,
                 int64_t channel_axis,
                 const RangeRequest& request) const final;

 private:
  virtual Range range_in(const Sample& sample, const RangeRequest& request) const = 0;
};

}  // namespace qsweep
