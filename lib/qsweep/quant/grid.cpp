#include "qsweep/quant/grid.hpp"

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/in_place.hpp"
#include "qsweep/quant/kernels/level_kernel.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

using kernels::Grid;

// The grids of neighbouring channels, again and again until a row is long enough for vector loops.
kernels::GridRow row_of(const std::vector<Grid>& grids) {
  constexpr size_t kLongEnough = 512;
  kernels::GridRow row;
  const size_t times = std::max<size_t>(1, kLongEnough / std::max<size_t>(1, grids.size()));
  for (size_t i = 0; i < times * grids.size(); ++i) {
    const Grid& grid = grids[i % grids.size()];
    row.scale.push_back(grid.scale);
    row.inverse.push_back(grid.inverse);
    row.low.push_back(grid.low);
    row.high.push_back(grid.high);
    row.floor = grid.floor;
    row.largest_inverse = std::max(row.largest_inverse, grid.inverse);
  }
  return row;
}

struct GridKernel {
  static constexpr int kLearned = 0;
  int64_t axis;
  int64_t scales;
  Grids grids;

  explicit GridKernel(const Grids& own) : axis(own.axis()), scales(own.count()), grids(own) {}

  bool forward(const float* x, float* y, int64_t count, int64_t scale) const {
    return kernels::fake_quantize(x, y, count, grids[scale]);
  }
  bool forward_rows(const float* x, float* y, int64_t count) const {
    return kernels::fake_quantize_rows(x, y, count, grids.row());
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t scale,
                double* /*sums*/) const {
    kernels::fake_quantize_backward(x, dy, dx, count, grids[scale]);
  }
  void backward_rows(const float* x, const float* dy, float* dx, int64_t count) const {
    kernels::fake_quantize_rows_backward(x, dy, dx, count, grids.row());
  }
};

struct ReluGridKernel : GridKernel {
  using GridKernel::GridKernel;

  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t scale,
                double* /*sums*/) const {
    kernels::fake_quantize_relu_backward(x, dy, dx, count, grids[scale]);
  }
  void backward_rows(const float* x, const float* dy, float* dx, int64_t count) const {
    kernels::fake_quantize_relu_rows_backward(x, dy, dx, count, grids.row());
  }
};

// A kernel of grids that rounds by noise instead of to nearest.
template <class Rounding>
struct Stochastic : Rounding {
  kernels::NoiseKey noise;

  Stochastic(const Grids& own, const kernels::NoiseKey& key) : Rounding(own), noise(key) {}

  bool forward_at(const float* x, float* y, int64_t count, int64_t scale, int64_t place) const {
    return kernels::fake_quantize_stochastic(x, y, count, this->grids[scale], noise, place);
  }
  bool forward_rows_at(const float* x, float* y, int64_t count, int64_t place) const {
    return kernels::fake_quantize_rows_stochastic(x, y, count, this->grids.row(), noise, place);
  }
};

template <class Kernel>
Quantized quantize_by(torch::Tensor x, const Grids& grids, const RoundingNoise& noise) {
  return noise ? elementwise(std::move(x), Stochastic<Kernel>(grids, *noise))
               : elementwise(std::move(x), Kernel(grids));
}

}  // namespace

Grids::Grids(std::vector<Grid> grids, int64_t axis) : axis_(axis) {
  row_ = std::make_shared<const kernels::GridRow>(row_of(grids));
  grids_ = std::make_shared<const std::vector<Grid>>(std::move(grids));
}

Grids Grids::of_relu() const {
  std::vector<Grid> grids = *grids_;
  for (Grid& grid : grids) {
    grid.floor = 0.0F;
  }
  return {std::move(grids), axis_};
}

Quantized fake_quantize(torch::Tensor x, const Grids& grids, const RoundingNoise& noise) {
  return quantize_by<GridKernel>(std::move(x), grids, noise);
}

Quantized fake_quantize_relu(torch::Tensor x,
                             const Grids& grids_of_relu,
                             const RoundingNoise& noise) {
  return quantize_by<ReluGridKernel>(std::move(x), grids_of_relu, noise);
}

Quantized fake_quantize_sum(torch::Tensor a, const torch::Tensor& b, const Grids& grid) {
  Quantized result;
  result.values = result_like(a);
  const float* left = a.data_ptr<float>();
  const float* right = b.data_ptr<float>();
  float* to = result.values.data_ptr<float>();
  std::atomic<bool> finite{true};
  at::parallel_for(0, a.numel(), kGrain, [&](int64_t begin, int64_t end) {
    if (!kernels::fake_quantize_sum(
            left + begin, right + begin, to + begin, end - begin, grid[0])) {
      finite.store(false, std::memory_order_relaxed);
    }
  });
  result.finite = finite;
  return result;
}

void tally_grids(const torch::Tensor& x,
                 const torch::Tensor& y,
                 const Grids& grids,
                 LevelTally& tally) {
  kernels::GridTally sums;
  // A walk along memory, where both are laid out alike and neighbours share a scale.
  const bool alike = x.strides() == y.strides() && x.is_non_overlapping_and_dense() &&
                     (grids.count() == 1 || x.stride(grids.axis()) > 1);
  const int64_t axis = alike ? grids.axis() : 0;
  const torch::Tensor from = alike ? x : x.transpose(0, grids.axis()).contiguous();
  const torch::Tensor to = alike ? y : y.transpose(0, grids.axis()).contiguous();
  const float* values = from.data_ptr<float>();
  const float* levels = to.data_ptr<float>();
  const Pieces pieces(walk_of(from, axis, grids.count()));
  for (int64_t piece = 0; piece < pieces.count(); ++piece) {
    pieces.visit(piece, [&](int64_t begin, int64_t count, int64_t scale) {
      kernels::tally_grid(
          values + begin, levels + begin, count, grids[scale], sums, tally.seen.data());
    });
  }
  tally.elements += x.numel();
  tally.saturated += sums.saturated;
  tally.off_level += sums.off_level;
  tally.signal += sums.signal;
  tally.noise += sums.noise;
}

}  // namespace qsweep
