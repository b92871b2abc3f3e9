#include "qsweep/quant/kernels/learned_step_kernel.hpp"

#include "qsweep/quant/kernels/lane_sums.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {
namespace {

inline float clipped(float place, float low, float high) {
  const float at_least_low = place > low ? place : low;
  return at_least_low < high ? at_least_low : high;
}

inline float quantized(float x, const LearnedStep& grid, float floor) {
  const float raised = x > floor ? x : floor;
  const float place = (raised - grid.offset) * grid.inverse;
  return std::rint(clipped(place, grid.low, grid.high)) * grid.step + grid.offset;
}

QSWEEP_VECTORIZED
bool learned_step_row(const float* x,
                      float* y,
                      int64_t count,
                      const float* step,
                      const float* inverse,
                      const float* offset,
                      float low,
                      float high,
                      float floor) {
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    bad |= non_finite(value);
    y[i] = quantized(value, {step[i], inverse[i], offset[i], low, high}, floor);
  }
  return bad == 0;
}

// What kSumLanes neighbours, or fewer, add to the gradients.
struct Shares {
  float step[kSumLanes];
  float offset[kSumLanes];
};

QSWEEP_PART_OF_LOOP void find_gradients(float x,
                                        float dy,
                                        float& dx,
                                        const LearnedStep& grid,
                                        float floor,
                                        float& step_share,
                                        float& offset_share) {
  const float raised = x > floor ? x : floor;
  const float end = clipped((raised - grid.offset) * grid.inverse, grid.low, grid.high);
  // Products and not branches, which would not be vectorized. Outside, `end` is a whole number.
  const bool inside = (end > grid.low) & (end < grid.high);
  const float through = dy * (inside ? 1.0F : 0.0F);
  offset_share = dy - through;
  step_share = dy * (std::rint(end) - end) + offset_share * end;
  dx = through * (x > floor ? 1.0F : 0.0F);
}

}  // namespace

QSWEEP_VECTORIZED
bool learned_step(const float* x, float* y, int64_t count, const LearnedStep& grid, float floor) {
  const LearnedStep own = grid;  // a copy that the stores to y cannot change
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    bad |= non_finite(value);
    y[i] = quantized(value, own, floor);
  }
  return bad == 0;
}

bool learned_step_rows(
    const float* x, float* y, int64_t count, const LearnedStepRow& row, float floor) {
  const auto columns = static_cast<int64_t>(row.step.size());
  bool finite = true;
  for (int64_t first = 0; first < count; first += columns) {
    finite = learned_step_row(x + first,
                              y + first,
                              std::min(columns, count - first),
                              row.step.data(),
                              row.inverse.data(),
                              row.offset.data(),
                              row.low,
                              row.high,
                              floor) &&
             finite;
  }
  return finite;
}

QSWEEP_VECTORIZED
void learned_step_backward(const float* x,
                           const float* dy,
                           float* dx,
                           int64_t count,
                           const LearnedStep& grid,
                           float floor,
                           double* sums) {
  const LearnedStep own = grid;
  for (int64_t first = 0; first < count; first += kSumBlock) {
    const int64_t end = std::min(count, first + kSumBlock);
    const int64_t whole = end - (end - first) % kSumLanes;
    LaneSum steps;
    LaneSum offsets;
    for (int64_t row = first; row < whole; row += kSumLanes) {
      Shares shares;
#pragma GCC ivdep
#pragma GCC unroll 1  // unrolled, it would not be vectorized
      for (int64_t lane = 0; lane < kSumLanes; ++lane) {
        const int64_t i = row + lane;
        find_gradients(x[i], dy[i], dx[i], own, floor, shares.step[lane], shares.offset[lane]);
      }
      steps.add(shares.step);
      offsets.add(shares.offset);
    }
    Shares rest{};
    for (int64_t i = whole; i < end; ++i) {
      const int64_t lane = i - whole;
      find_gradients(x[i], dy[i], dx[i], own, floor, rest.step[lane], rest.offset[lane]);
    }
    steps.add(rest.step);
    offsets.add(rest.offset);
    sums[0] += steps.total();
    sums[1] += offsets.total();
  }
}

}  // namespace qsweep::kernels
