#include "qsweep/quant/sample.hpp"

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/histogram.hpp"

#include <torch/types.h>

namespace qsweep {

using torch::Tensor;

Sample sample_of(const Statistics& histogram) {
  constexpr int64_t kHalf = kBins / 2;
  // Exact zeros are a column of their own, behind the bins.
  const Tensor& zeros = histogram.at("zeros");
  Tensor counts = torch::cat({histogram.at("counts"), zeros.unsqueeze(1)}, 1);
  counts.select(1, kHalf).sub_(zeros);
  Tensor centres = torch::arange(kBins + 1, torch::kDouble) - (kHalf - 0.5);
  centres[kBins] = 0;
  const Tensor used = counts.sum(0).nonzero().squeeze(1);
  centres = centres.index_select(0, used) * bin_width(histogram).unsqueeze(1);
  return {centres.to(torch::kFloat),
          counts.index_select(1, used).to(torch::kDouble),
          seen_in(histogram)};
}

Sample sample_of(const Tensor& x, int64_t channel_axis, bool per_channel) {
  const Tensor rows = per_channel ? channel_rows(x, channel_axis) : x.reshape({1, -1});
  return {rows,
          torch::ones({1, 1}, rows.options().dtype(torch::kDouble)).expand_as(rows),
          {rows.amin(1), rows.amax(1)}};
}

Tensor mean_of(const Sample& sample, const Tensor& numbers) {
  return (numbers * sample.counts).sum(1) / sample.counts.sum(1);
}

ObserverKind SampleCalibrator::observer(bool per_channel) const {
  return histogram_observer(per_channel);
}

Range SampleCalibrator::range(const Statistics& statistics, const RangeRequest& request) const {
  return range_in(sample_of(statistics), request);
}

Range SampleCalibrator::range_of(const Tensor& x,
                                 int64_t channel_axis,
                                 const RangeRequest& request) const {
  return range_in(sample_of(x, channel_axis, request.per_channel), request);
}

}  // namespace qsweep
