#pragma once

#include "qsweep/quant/float_levels.hpp"
#include "qsweep/quant/kernels/block_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <cstdint>
#include <string>

namespace qsweep {

/// Which elements make a block: `size` neighbours along an axis; the last block may be shorter.
struct BlockShape {
  int64_t size = 32;
  /// Along the channels that a product sums over: the input channels of a weight (axis 1; of
  /// transposed convolutions axis 0), or where there is one alone (depthwise) the output channels;
  /// the channels of an activation. Else along the innermost axis.
  bool along_channels = true;
};

/// The axis of `x` that blocks lie along.
int64_t block_axis(const torch::Tensor& x, const BlockShape& block, const SiteShape& shape);

/// What quantizers have in common whose blocks of elements share a scale that is found anew in each
/// tensor. Gradient: straight through where |x| <= limit(), else 0. An axis shorter than a block is
/// a TrialError.
class BlockQuantizer : public Quantizer {
 public:
  BlockQuantizer(FloatLevels levels, const BlockShape& block, const SiteShape& shape);

  Quantized quantize(torch::Tensor x) override;
  int64_t most_levels() const override { return levels_.count(); }
  torch::Tensor codes(const torch::Tensor& values) const override;
  void tally(const torch::Tensor& x, const torch::Tensor& values, LevelTally& tally) const override;

 protected:
  const FloatLevels& levels() const { return levels_; }
  /// How the kernels find scales.
  virtual kernels::BlockFormat format() const = 0;
  /// The same by torch's operators: from the largest magnitudes of blocks, double.
  virtual torch::Tensor scales_of(const torch::Tensor& largest) const = 0;
  /// Infinity where there is none.
  virtual float limit() const = 0;

 private:
  int64_t axis_of(const torch::Tensor& x) const;
  torch::Tensor scales_over(const torch::Tensor& x) const;

  FloatLevels levels_;
  BlockShape block_;
  SiteShape shape_;
};

/// The parameters that all of them have in YAML.
std::vector<Parameter> block_parameters(int size, int min_size, int max_size);
BlockShape block_shape_of(const Json& spec);
/// A scale per block, along their axis.
std::vector<ScaleSpread> block_spread();

}  // namespace qsweep
