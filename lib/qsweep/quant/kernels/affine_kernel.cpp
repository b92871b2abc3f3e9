#include "qsweep/quant/kernels/affine_kernel.hpp"

#include "qsweep/quant/kernels/float_rounding.hpp"
#include "qsweep/quant/kernels/grid_rounding.hpp"
#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep::kernels {
namespace {

template <bool kRoundsOnce>
QSWEEP_PART_OF_LOOP float affine(float x, float factor, float summand) {
  return kRoundsOnce ? std::fma(x, factor, summand) : x * factor + summand;
}

template <bool kRoundsOnce>
QSWEEP_PART_OF_LOOP void map_by(
    const float* x, float* y, int64_t count, const float* factor, const float* summand) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    y[i] = affine<kRoundsOnce>(x[i], factor[i], summand[i]);
  }
}

template <bool kRoundsOnce>
QSWEEP_PART_OF_LOOP bool is_by(
    const float* x, const float* y, int64_t count, const float* factor, const float* summand) {
  int32_t different = 0;
  for (int64_t i = 0; i < count; ++i) {
    different |= bits_of(affine<kRoundsOnce>(x[i], factor[i], summand[i])) ^ bits_of(y[i]);
  }
  return different == 0;
}

// The largest magnitude on the way, as bits.
template <bool kRoundsOnce>
QSWEEP_PART_OF_LOOP int32_t quantize_by(const float* x,
                                        float* y,
                                        int64_t count,
                                        const float* factor,
                                        const float* summand,
                                        const Grid grid) {
  int32_t largest = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = affine<kRoundsOnce>(x[i], factor[i], summand[i]);
    largest = std::max(largest, magnitude_bits(value));
    y[i] = quantized(value, grid);
  }
  return largest;
}

QSWEEP_VECTORIZED_FMA
void map_once(const float* x, float* y, int64_t count, const float* factor, const float* summand) {
  map_by<true>(x, y, count, factor, summand);
}
QSWEEP_VECTORIZED
void map_twice(const float* x, float* y, int64_t count, const float* factor, const float* summand) {
  map_by<false>(x, y, count, factor, summand);
}
QSWEEP_VECTORIZED_FMA
bool is_once(
    const float* x, const float* y, int64_t count, const float* factor, const float* summand) {
  return is_by<true>(x, y, count, factor, summand);
}
QSWEEP_VECTORIZED
bool is_twice(
    const float* x, const float* y, int64_t count, const float* factor, const float* summand) {
  return is_by<false>(x, y, count, factor, summand);
}

QSWEEP_VECTORIZED_FMA
int32_t quantize_once(const float* x,
                      float* y,
                      int64_t count,
                      const float* factor,
                      const float* summand,
                      const Grid& grid) {
  return quantize_by<true>(x, y, count, factor, summand, grid);
}
QSWEEP_VECTORIZED
int32_t quantize_twice(const float* x,
                       float* y,
                       int64_t count,
                       const float* factor,
                       const float* summand,
                       const Grid& grid) {
  return quantize_by<false>(x, y, count, factor, summand, grid);
}

// Whole rows, and the rest.
template <class Visit>
void visit_affine_rows(int64_t count, const AffineRow& row, Visit visit) {
  const auto columns = static_cast<int64_t>(row.factor.size());
  for (int64_t first = 0; first < count; first += columns) {
    visit(first, std::min(columns, count - first));
  }
}

}  // namespace

void map_affine(const float* x, float* y, int64_t count, const AffineRow& row) {
  const auto map = row.rounds_once ? map_once : map_twice;
  visit_affine_rows(count, row, [&](int64_t first, int64_t length) {
    map(x + first, y + first, length, row.factor.data(), row.summand.data());
  });
}

bool is_affine(const float* x, const float* y, int64_t count, const AffineRow& row) {
  const auto is = row.rounds_once ? is_once : is_twice;
  bool same = true;
  visit_affine_rows(count, row, [&](int64_t first, int64_t length) {
    same = same && is(x + first, y + first, length, row.factor.data(), row.summand.data());
  });
  return same;
}

bool fake_quantize_affine(
    const float* x, float* y, int64_t count, const AffineRow& row, const Grid& grid) {
  const auto quantize = row.rounds_once ? quantize_once : quantize_twice;
  int32_t largest = 0;
  visit_affine_rows(count, row, [&](int64_t first, int64_t length) {
    largest = std::max(
        largest,
        quantize(x + first, y + first, length, row.factor.data(), row.summand.data(), grid));
  });
  return largest < kInfinityBits;
}

}  // namespace qsweep::kernels
