#pragma once

#include <torch/types.h>

namespace qsweep {

/// What happens to the tensors of a network on their way: all quantization is behind this one call.
class SiteHook {
 public:
  virtual ~SiteHook() = default;

  /// The tensor that the network goes on with in place of `x`. `site` counts as in sites_of(). `x`
  /// is handed over: what nobody else holds may be changed in place.
  virtual torch::Tensor apply(int site, torch::Tensor x) = 0;
};

}  // namespace qsweep
