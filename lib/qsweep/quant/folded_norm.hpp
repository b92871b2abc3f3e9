#pragma once

#include "qsweep/model/layer_tensors.hpp"
#include "qsweep/quant/kernels/affine_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace qsweep {

/// A batch norm with the statistics that it has learned, as one multiplication and one addition per
/// channel, in the arithmetic of the LibTorch at hand. Works in place where nobody else sees the
/// tensor, which halves its time.
class FoldedNorm {
 public:
  /// Made from what LibTorch made of x: y. Nothing where no arithmetic that is known here gives the
  /// same bits, or the channels are not neighbours in memory (channels_last), or not on the CPU.
  static std::optional<FoldedNorm> found(const LayerTensors& norm,
                                         const torch::Tensor& x,
                                         const torch::Tensor& y);

  /// Can it be applied to that tensor?
  bool takes(const torch::Tensor& x) const;
  torch::Tensor apply(const torch::Tensor& x) const;
  /// The same and a grid in one pass, for the whole tensor.
  Quantized quantize(const torch::Tensor& x, const kernels::Grid& grid) const;

 private:
  template <class Visit>
  void visit_rows(const torch::Tensor& x, Visit visit) const;

  FoldedNorm(int64_t channels, kernels::AffineRow row)
      : channels_(channels), row_(std::move(row)) {}

  int64_t channels_;
  kernels::AffineRow row_;
};

}  // namespace qsweep
