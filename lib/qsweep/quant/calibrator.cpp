#include "qsweep/quant/calibrator.hpp"

namespace qsweep {

Range Calibrator::range_of(const torch::Tensor& x,
                           int64_t channel_axis,
                           const RangeRequest& request) const {
  const auto observer = this->observer(request.per_channel).make(channel_axis);
  observer->observe(x);
  return range(observer->statistics(), request);
}

}  // namespace qsweep
