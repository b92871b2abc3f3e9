#include "qsweep/quant/kernels/uniform_kernel.hpp"

#include "qsweep/quant/kernels/grid_rounding.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qsweep::kernels {
namespace {

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

// The grids of neighbours: one for all, or one for each.
struct Same {
  Grid grid;
  QSWEEP_PART_OF_LOOP const Grid& operator[](int64_t /*i*/) const { return grid; }
};

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

Columns columns_of(const GridRow& row) {
  return {row.scale.data(), row.inverse.data(), row.low.data(), row.high.data(), row.floor};
}

// Rows of as many elements as there are columns.
template <class Visit>
void visit_rows(int64_t count, const GridRow& row, Visit visit) {
  const auto columns = static_cast<int64_t>(row.scale.size());
  for (int64_t first = 0; first < count; first += columns) {
    visit(first, std::min(columns, count - first));
  }
}

// The loops are given copies of grids, which the stores to y cannot change.

template <class Grids>
QSWEEP_PART_OF_LOOP void quantize_by(const float* x, float* y, int64_t count, const Grids grids) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    y[i] = quantized(x[i], grids[i]);
  }
}

// The same where no place reaches the limit.
template <class Grids>
QSWEEP_PART_OF_LOOP void quantize_fitting_by(const float* x,
                                             float* y,
                                             int64_t count,
                                             const Grids grids) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    y[i] = quantized_fitting(x[i], grids[i]);
  }
}

template <class Grids>
QSWEEP_PART_OF_LOOP bool draw_by(const float* x,
                                 float* y,
                                 int64_t count,
                                 const Grids grids,
                                 const NoiseKey noise,
                                 int64_t place) {
  const auto first = static_cast<uint32_t>(place);
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    largest = std::max(largest, magnitude_bits(value));
    y[i] = drawn(value, grids[i], noise_at(noise, first + static_cast<uint32_t>(i)));
  }
  return largest < kInfinityBits;
}

QSWEEP_VECTORIZED
void quantize_one(const float* x, float* y, int64_t count, const Grid& grid) {
  quantize_by(x, y, count, Same{grid});
}
QSWEEP_VECTORIZED
void quantize_one_fitting(const float* x, float* y, int64_t count, const Grid& grid) {
  quantize_fitting_by(x, y, count, Same{grid});
}
QSWEEP_VECTORIZED
void quantize_row(const float* x, float* y, int64_t count, const Columns& grids) {
  quantize_by(x, y, count, grids);
}

// Several rows at once, since to load a grid costs as much as to use it.
constexpr int64_t kRows = 4;

QSWEEP_VECTORIZED
void quantize_rows_fitting(const float* x, float* y, int64_t columns, const Columns& grids) {
  const Columns own = grids;
#pragma GCC ivdep
  for (int64_t i = 0; i < columns; ++i) {
    const Grid grid = own[i];
#pragma GCC unroll 4
    for (int64_t row = 0; row < kRows; ++row) {
      y[row * columns + i] = quantized_fitting(x[row * columns + i], grid);
    }
  }
}

QSWEEP_VECTORIZED
bool draw_row(const float* x,
              float* y,
              int64_t count,
              const Columns& grids,
              const NoiseKey& noise,
              int64_t place) {
  return draw_by(x, y, count, grids, noise, place);
}

}  // namespace

bool fake_quantize(const float* x, float* y, int64_t count, const Grid& grid) {
  bool finite = true;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t length = std::min(kBlock, count - first);
    const int32_t largest = largest_magnitude_bits(x + first, length);
    finite = finite && largest < kInfinityBits;
    const auto quantize = all_fit(largest, grid.inverse) ? quantize_one_fitting : quantize_one;
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
  const Columns grids = columns_of(row);
  const auto columns = static_cast<int64_t>(row.scale.size());
  const int64_t block = kRows * columns;
  bool finite = true;
  for (int64_t first = 0; first < count; first += block) {
    const int64_t length = std::min(block, count - first);
    const int32_t largest = largest_magnitude_bits(x + first, length);
    finite = finite && largest < kInfinityBits;
    if (length == block && all_fit(largest, row.largest_inverse)) {
      quantize_rows_fitting(x + first, y + first, columns, grids);
      continue;
    }
    visit_rows(length, row, [&](int64_t begin, int64_t neighbours) {
      quantize_row(x + first + begin, y + first + begin, neighbours, grids);
    });
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
  return draw_by(x, y, count, Same{grid}, noise, place);
}

bool fake_quantize_rows_stochastic(const float* x,
                                   float* y,
                                   int64_t count,
                                   const GridRow& row,
                                   const NoiseKey& noise,
                                   int64_t place) {
  const Columns grids = columns_of(row);
  bool finite = true;
  visit_rows(count, row, [&](int64_t first, int64_t length) {
    finite = draw_row(x + first, y + first, length, grids, noise, place + first) && finite;
  });
  return finite;
}

namespace {

// A product, as torch's: it keeps the sign of zero, and lets NaN through.
inline float passed(float x, float dy, const Grid& grid) {
  const float code = rounded_code(x, grid.inverse);
  return dy * (code >= grid.low && code <= grid.high ? 1.0F : 0.0F);
}

// 0 also where x <= 0, as torch's threshold.
inline float passed_relu(float x, float dy, const Grid& grid) {
  const float through = passed(x, dy, grid);
  return x <= 0.0F ? 0.0F : through;
}

template <class Grids>
QSWEEP_PART_OF_LOOP void pass_by(
    const float* x, const float* dy, float* dx, int64_t count, const Grids grids) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = passed(x[i], dy[i], grids[i]);
  }
}

template <class Grids>
QSWEEP_PART_OF_LOOP void pass_relu_by(
    const float* x, const float* dy, float* dx, int64_t count, const Grids grids) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    dx[i] = passed_relu(x[i], dy[i], grids[i]);
  }
}

QSWEEP_VECTORIZED
void pass_row(const float* x, const float* dy, float* dx, int64_t count, const Columns& grids) {
  pass_by(x, dy, dx, count, grids);
}
QSWEEP_VECTORIZED
void pass_relu_row(
    const float* x, const float* dy, float* dx, int64_t count, const Columns& grids) {
  pass_relu_by(x, dy, dx, count, grids);
}

}  // namespace

QSWEEP_VECTORIZED
void fake_quantize_backward(
    const float* x, const float* dy, float* dx, int64_t count, const Grid& grid) {
  pass_by(x, dy, dx, count, Same{grid});
}

QSWEEP_VECTORIZED
void fake_quantize_relu_backward(
    const float* x, const float* dy, float* dx, int64_t count, const Grid& grid) {
  pass_relu_by(x, dy, dx, count, Same{grid});
}

void fake_quantize_rows_backward(
    const float* x, const float* dy, float* dx, int64_t count, const GridRow& row) {
  const Columns grids = columns_of(row);
  visit_rows(count, row, [&](int64_t first, int64_t length) {
    pass_row(x + first, dy + first, dx + first, length, grids);
  });
}

void fake_quantize_relu_rows_backward(
    const float* x, const float* dy, float* dx, int64_t count, const GridRow& row) {
  const Columns grids = columns_of(row);
  visit_rows(count, row, [&](int64_t first, int64_t length) {
    pass_relu_row(x + first, dy + first, dx + first, length, grids);
  });
}

}  // namespace qsweep::kernels
