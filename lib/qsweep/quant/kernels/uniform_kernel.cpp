#include "qsweep/quant/kernels/uniform_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace qsweep::kernels {
namespace {

// torch rounds through int64: what does not fit, NaN included, becomes the smallest integer there.
constexpr float kInt64Limit = 9223372036854775808.0F;

// Where x lies on the grid, before rounding and clipping.
inline float place_of(float x, float inverse) {
  const float place = x * inverse;
  return place < kInt64Limit ? place : -std::numeric_limits<float>::infinity();
}

inline float raised(float x, float floor) {
  return x > floor ? x : floor;
}

inline float clipped(float code, float low, float high) {
  const float at_least_low = code > low ? code : low;  // NaN becomes low
  return at_least_low < high ? at_least_low : high;
}

// Of numbers below 2^22: beside 1.5 * 2^23 there is room for integers alone, so the sum rounds,
// ties to even. Never -0, as torch's way through integers.
inline float rounded(float place) {
  constexpr float kNoFraction = 12582912.0F;
  return (place + kNoFraction) - kNoFraction;
}

// The ends are whole numbers, so clipping may come before rounding.
inline float quantized(float x, const Grid& grid) {
  const float place = place_of(raised(x, grid.floor), grid.inverse);
  return rounded(clipped(place, grid.low, grid.high)) * grid.scale;
}

// The same where `place` fits and `low` holds for the floor, which is 0, a place too.
inline float quantized_fitting(float x, const Grid& grid, float low) {
  return rounded(clipped(x * grid.inverse, low, grid.high)) * grid.scale;
}

// Up with the probability of the distance from below, which is exact, as place + noise is not.
// Adding 0 makes a -0 a +0.
inline float drawn(float x, const Grid& grid, float noise) {
  const float place = place_of(raised(x, grid.floor), grid.inverse);
  const float below = std::floor(place);
  const float code = below + (noise < place - below ? 1.0F : 0.0F);
  return (clipped(code, grid.low, grid.high) + 0.0F) * grid.scale;
}

// The code less the zero point, before clipping.
inline float rounded_code(float x, float inverse) {
  return std::rint(place_of(x, inverse));
}

}  // namespace

namespace {

// What is read twice stays in cache.
constexpr int64_t kBlock = 2048;

QSWEEP_VECTORIZED
int32_t largest_magnitude_bits(const float* x, int64_t count) {
  int32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    largest = std::max(largest, magnitude_bits(x[i]));
  }
  return largest;
}

// Does every x lie where an int64_t has room for its place? Then nothing needs to be compared with
// the limit, which would cost as much as the rest.
bool all_fit(int32_t largest, float inverse) {
  float magnitude = 0;
  std::memcpy(&magnitude, &largest, sizeof magnitude);
  return magnitude * inverse < kInt64Limit;
}

QSWEEP_VECTORIZED
void quantize_fitting(const float* x, float* y, int64_t count, const Grid& grid) {
  const Grid own = grid;  // a copy that the stores to y cannot change
  const float low = std::max(own.low, own.floor);
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    y[i] = quantized_fitting(x[i], own, low);
  }
}

QSWEEP_VECTORIZED
void quantize_any(const float* x, float* y, int64_t count, const Grid& grid) {
  const Grid own = grid;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    y[i] = quantized(x[i], own);
  }
}

// Grids side by side.
struct Columns {
  const float* scale;
  const float* inverse;
  const float* low;
  const float* high;
  float floor;
  QSWEEP_PART_OF_LOOP Grid operator[](int64_t i) const {
    return {scale[i], inverse[i], low[i], high[i], floor};
  }
};

QSWEEP_VECTORIZED
bool quantize_row(const float* x, float* y, int64_t count, const Columns& grids) {
  const Columns own = grids;
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    y[i] = quantized(value, own[i]);
  }
  return largest < kInfinityBits;
}

Columns columns_of(const GridRow& row) {
  return {row.scale.data(), row.inverse.data(), row.low.data(), row.high.data(), row.floor};
}

}  // namespace

bool fake_quantize(const float* x, float* y, int64_t count, const Grid& grid) {
  bool finite = true;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t length = std::min(kBlock, count - first);
    const int32_t largest = largest_magnitude_bits(x + first, length);
    finite = finite && largest < kInfinityBits;
    const auto quantize = all_fit(largest, grid.inverse) ? quantize_fitting : quantize_any;
    quantize(x + first, y + first, length, grid);
  }
  return finite;
}

QSWEEP_VECTORIZED
bool fake_quantize_sum(const float* a, const float* b, float* y, int64_t count, const Grid& grid) {
  const Grid own = grid;
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = a[i] + b[i];
    largest = std::max(largest, magnitude_bits(value));
    y[i] = quantized(value, own);
  }
  return largest < kInfinityBits;
}

bool fake_quantize_rows(const float* x, float* y, int64_t count, const GridRow& row) {
  const auto columns = static_cast<int64_t>(row.scale.size());
  bool finite = true;
  for (int64_t first = 0; first < count; first += columns) {
    const int64_t length = std::min(columns, count - first);
    finite = quantize_row(x + first, y + first, length, columns_of(row)) && finite;
  }
  return finite;
}

QSWEEP_VECTORIZED
bool fake_quantize_stochastic(const float* x,
                              float* y,
                              int64_t count,
                              const Grid& grid,
                              const NoiseKey& noise,
                              int64_t place) {
  const Grid own = grid;
  const NoiseKey key = noise;
  const auto first = static_cast<uint32_t>(place);
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    y[i] = drawn(value, own, noise_at(key, first + static_cast<uint32_t>(i)));
  }
  return largest < kInfinityBits;
}

namespace {

QSWEEP_VECTORIZED
bool draw_row(const float* x,
              float* y,
              int64_t count,
              const Columns& grids,
              const NoiseKey& noise,
              int64_t place) {
  const Columns own = grids;
  const NoiseKey key = noise;
  const auto first = static_cast<uint32_t>(place);
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    y[i] = drawn(value, own[i], noise_at(key, first + static_cast<uint32_t>(i)));
  }
  return largest < kInfinityBits;
}

}  // namespace

bool fake_quantize_rows_stochastic(const float* x,
                                   float* y,
                                   int64_t count,
                                   const GridRow& row,
                                   const NoiseKey& noise,
                                   int64_t place) {
  const auto columns = static_cast<int64_t>(row.scale.size());
  bool finite = true;
  for (int64_t first = 0; first < count; first += columns) {
    const int64_t length = std::min(columns, count - first);
    finite =
        draw_row(x + first, y + first, length, columns_of(row), noise, place + first) && finite;
  }
  return finite;
}

namespace {

// A product, as torch's: it keeps the sign of zero, and lets NaN through.
inline float passed(float x, float dy, float inverse, float low, float high) {
  const float code = rounded_code(x, inverse);
  return dy * (code >= low && code <= high ? 1.0F : 0.0F);
}

// 0 also where x <= 0, as torch's threshold.
inline float passed_relu(float x, float dy, float inverse, float low, float high) {
  const float through = passed(x, dy, inverse, low, high);
  return x <= 0.0F ? 0.0F : through;
}

QSWEEP_VECTORIZED
void pass_row(const float* x, const float* dy, float* dx, int64_t count, const Columns& grids) {
  const Columns own = grids;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = passed(x[i], dy[i], own.inverse[i], own.low[i], own.high[i]);
  }
}

QSWEEP_VECTORIZED
void pass_relu_row(
    const float* x, const float* dy, float* dx, int64_t count, const Columns& grids) {
  const Columns own = grids;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = passed_relu(x[i], dy[i], own.inverse[i], own.low[i], own.high[i]);
  }
}

template <class Pass>
void pass_rows(
    const float* x, const float* dy, float* dx, int64_t count, const GridRow& row, Pass pass) {
  const auto columns = static_cast<int64_t>(row.scale.size());
  for (int64_t first = 0; first < count; first += columns) {
    const int64_t length = std::min(columns, count - first);
    pass(x + first, dy + first, dx + first, length, columns_of(row));
  }
}

}  // namespace

QSWEEP_VECTORIZED
void fake_quantize_backward(
    const float* x, const float* dy, float* dx, int64_t count, const Grid& grid) {
  const Grid own = grid;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = passed(x[i], dy[i], own.inverse, own.low, own.high);
  }
}

QSWEEP_VECTORIZED
void fake_quantize_relu_backward(
    const float* x, const float* dy, float* dx, int64_t count, const Grid& grid) {
  const Grid own = grid;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = passed_relu(x[i], dy[i], own.inverse, own.low, own.high);
  }
}

void fake_quantize_rows_backward(
    const float* x, const float* dy, float* dx, int64_t count, const GridRow& row) {
  pass_rows(x, dy, dx, count, row, pass_row);
}

void fake_quantize_relu_rows_backward(
    const float* x, const float* dy, float* dx, int64_t count, const GridRow& row) {
  pass_rows(x, dy, dx, count, row, pass_relu_row);
}

}  // namespace qsweep::kernels
