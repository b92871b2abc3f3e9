#pragma once

#include "qsweep/quant/calibrator.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <string>
#include <vector>

namespace qsweep::test {

/// A uniform quantizer: symmetric and narrow, or affine.
inline Json uniform(int bits, bool symmetric, const std::string& granularity = "per_tensor") {
  return {{"quantizer", "uniform"},
          {"bits", bits},
          {"symmetric", symmetric},
          {"narrow", symmetric},
          {"granularity", granularity}};
}

/// What a binding asks of a calibrator for that quantizer.
inline RangeRequest request_for(const Json& spec, int64_t channels = 1) {
  const auto quantizer = make_quantizer(spec, {0, channels});
  return {quantizer->per_channel(),
          quantizer->most_levels(),
          [spec, channels](const Range& range, const torch::Tensor& values) {
            const auto trying = make_quantizer(spec, {0, channels});
            trying->set_range(range);
            return trying->quantize(values).values;
          }};
}

/// What a calibrator's observer keeps of batches whose channels are the second axis.
inline Statistics observed(const Calibrator& calibrator,
                           const std::vector<torch::Tensor>& batches,
                           bool per_channel = false) {
  const auto observer = calibrator.observer(per_channel).make(1);
  for (const torch::Tensor& batch : batches) {
    observer->observe(batch);
  }
  return observer->statistics();
}

/// The range for that quantizer after these batches.
inline Range calibrated(const Json& calibrate,
                        const Json& spec,
                        const std::vector<torch::Tensor>& batches) {
  const auto calibrator = make_calibrator(calibrate);
  const RangeRequest request = request_for(spec, batches[0].size(1));
  return calibrator->range(observed(*calibrator, batches, request.per_channel), request);
}

inline std::vector<float> numbers(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.to(torch::kFloat).reshape(-1).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace qsweep::test
