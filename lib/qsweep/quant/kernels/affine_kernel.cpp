#include "qsweep/quant/kernels/affine_kernel.hpp"

#include "qsweep/quant/kernels/vectorized.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qsweep::kernels {
namespace {

QSWEEP_PART_OF_LOOP int32_t bits_of(float x) {
  int32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

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

}  // namespace

void map_affine(const float* x, float* y, int64_t count, const AffineRow& row) {
  const auto columns = static_cast<int64_t>(row.factor.size());
  const auto map = row.rounds_once ? map_once : map_twice;
  for (int64_t first = 0; first < count; first += columns) {
    const int64_t length = std::min(columns, count - first);
    map(x + first, y + first, length, row.factor.data(), row.summand.data());
  }
}

bool is_affine(const float* x, const float* y, int64_t count, const AffineRow& row) {
  const auto columns = static_cast<int64_t>(row.factor.size());
  const auto is = row.rounds_once ? is_once : is_twice;
  for (int64_t first = 0; first < count; first += columns) {
    const int64_t length = std::min(columns, count - first);
    if (!is(x + first, y + first, length, row.factor.data(), row.summand.data())) {
      return false;
    }
  }
  return true;
}

}  // namespace qsweep::kernels
