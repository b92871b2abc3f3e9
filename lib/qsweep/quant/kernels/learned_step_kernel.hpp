#pragma once

#include <cstdint>
#include <vector>

namespace qsweep::kernels {

/// A uniform grid whose step, and perhaps offset, are learned: x becomes
/// round(clip((x - offset) / step, low, high)) * step + offset. Ties to even; x is multiplied by
/// the reciprocal of the step in float32.
struct LearnedStep {
  float step;
  float inverse;  // 1 / step, in float32
  float offset;
  float low;
  float high;
};

/// `y[i]` from `x[i]`, which counts as `floor` where it is smaller: 0 for relu(x). x and y may be
/// the same. True if every x is finite.
bool learned_step(const float* x, float* y, int64_t count, const LearnedStep& grid, float floor);

/// The grids of a row of elements, one per column.
struct LearnedStepRow {
  std::vector<float> step;
  std::vector<float> inverse;
  std::vector<float> offset;
  float low = 0;
  float high = 0;
};

/// The same for rows of as many elements as `row` has grids. `count` need not be whole rows.
bool learned_step_rows(
    const float* x, float* y, int64_t count, const LearnedStepRow& row, float floor);

/// With v = (x - offset) / step, `dx[i]` is `dy[i]` where low < v < high and x > floor, else 0.
/// Adds to sums[0] the step's gradient, dy (round(v) - v) inside and dy low or dy high beyond, and
/// to sums[1] the offset's, 0 inside and dy beyond.
void learned_step_backward(const float* x,
                           const float* dy,
                           float* dx,
                           int64_t count,
                           const LearnedStep& grid,
                           float floor,
                           double* sums);

}  // namespace qsweep::kernels
