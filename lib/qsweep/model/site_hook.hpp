#pragma once

#include "qsweep/model/layer_tensors.hpp"

#include <ATen/Functions.h>
#include <torch/types.h>

namespace qsweep {

/// What happens to the tensors of a network on their way: all quantization is behind this one call.
class SiteHook {
 public:
  virtual ~SiteHook() = default;

  /// The tensor that the network goes on with in place of `x`. `site` counts as in sites_of(). `x`
  /// is handed over: what nobody else holds may be changed in place.
  virtual torch::Tensor apply(int site, torch::Tensor x) = 0;

  /// Can a ReLU whose output is that site be left to `apply_to_relu`?
  virtual bool absorbs_relu(int /*site*/) const { return false; }
  /// apply(site, relu(x)), in one pass over x; only where `absorbs_relu`.
  virtual torch::Tensor apply_to_relu(int site, torch::Tensor x) {
    return apply(site, at::relu(x));
  }

  /// The same of a sum whose output is that site.
  virtual bool absorbs_add(int /*site*/) const { return false; }
  virtual torch::Tensor apply_to_sum(int site, torch::Tensor a, torch::Tensor b) {
    return apply(site, a + b);
  }

  /// The same of a batch norm whose output is that site, with the statistics that it has learned.
  virtual bool absorbs_batch_norm(int /*site*/) const { return false; }
  virtual torch::Tensor apply_to_batch_norm(int site, torch::Tensor x, const LayerTensors& norm) {
    return apply(site, batch_norm_of(x, norm));
  }

 protected:
  /// As a batch norm in evaluation computes it.
  static torch::Tensor batch_norm_of(const torch::Tensor& x, const LayerTensors& norm) {
    constexpr double kMomentum = 0;  // nothing is learned
    return at::batch_norm(x,
                          norm.weight,
                          norm.bias,
                          norm.mean,
                          norm.variance,
                          /*training=*/false,
                          kMomentum,
                          norm.eps,
                          at::globalContext().userEnabledCuDNN());
  }
};

}  // namespace qsweep
