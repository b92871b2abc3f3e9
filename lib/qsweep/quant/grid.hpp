#pragma once

#include "qsweep/quant/kernels/uniform_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>

#include <memory>
#include <optional>
#include <vector>

namespace qsweep {

/// One uniform grid for a tensor, or one per channel of `axis`; see kernels::Grid.
class Grids {
 public:
  Grids() = default;
  Grids(std::vector<kernels::Grid> grids, int64_t axis);

  int64_t count() const { return static_cast<int64_t>(grids_->size()); }
  const kernels::Grid& operator[](int64_t i) const { return (*grids_)[static_cast<size_t>(i)]; }
  int64_t axis() const { return axis_; }
  /// As one row of a channels_last tensor after the other, long enough for vector loops.
  const kernels::GridRow& row() const { return *row_; }
  /// The grids that quantize relu(x).
  Grids of_relu() const;

 private:
  std::shared_ptr<const std::vector<kernels::Grid>> grids_;
  std::shared_ptr<const kernels::GridRow> row_;
  int64_t axis_ = 0;
};

/// What rounding draws from; nothing: it is to nearest.
using RoundingNoise = std::optional<kernels::NoiseKey>;

/// Fake quantization on the CPU, in one pass over memory. Differentiable in x: straight through
/// where the value rounded to nearest lies within the grid.
Quantized fake_quantize(torch::Tensor x, const Grids& grids, const RoundingNoise& noise = {});

/// The same of relu(x); the gradient is that of a ReLU followed by a quantizer.
Quantized fake_quantize_relu(torch::Tensor x,
                             const Grids& grids_of_relu,
                             const RoundingNoise& noise = {});

/// The same of a + b, tensors of one layout, on one grid, without gradients; into `a` where nobody
/// else holds it.
Quantized fake_quantize_sum(torch::Tensor a, const torch::Tensor& b, const Grids& grid);

/// Adds what quantizing x to y on these grids showed; float tensors of the CPU. A grid's lowest
/// value is level 0.
void tally_grids(const torch::Tensor& x,
                 const torch::Tensor& y,
                 const Grids& grids,
                 LevelTally& tally);

}  // namespace qsweep
