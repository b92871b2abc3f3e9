#include "qsweep/quant/kernels/block_kernel.hpp"

#include <algorithm>

namespace qsweep::kernels {
namespace {

constexpr int64_t kTile = 128;  // blocks that are dealt with together: their elements stay in cache

struct Scales {
  int32_t largest[kTile];  // magnitude of each block, as bits, which are ordered as numbers are
  float scale[kTile];
  float inverse[kTile];
};

template <int64_t kSize>
QSWEEP_PART_OF_LOOP void find_largest_of(const float* x,
                                         int64_t blocks,
                                         int64_t any_size,
                                         int32_t* largest) {
  const int64_t size = kSize > 0 ? kSize : any_size;
  for (int64_t block = 0; block < blocks; ++block) {
    const float* from = x + block * size;
    int32_t most = 0;
#pragma GCC unroll 1  // unrolled, a short one would not be vectorized
    for (int64_t i = 0; i < size; ++i) {
      const int32_t magnitude = bits_of(from[i]) & kMagnitudeBits;
      most = magnitude > most ? magnitude : most;
    }
    largest[block] = most;
  }
}

QSWEEP_VECTORIZED
void find_largest(const float* x, int64_t blocks, int64_t size, int32_t* largest) {
  switch (size) {  // loops of known length need no rest
    case 16:
      return find_largest_of<16>(x, blocks, size, largest);
    case 32:
      return find_largest_of<32>(x, blocks, size, largest);
    default:
      return find_largest_of<0>(x, blocks, size, largest);
  }
}

QSWEEP_VECTORIZED
void find_largest_in_columns(
    const float* x, int64_t rows, int64_t columns, int64_t stride, int32_t* largest) {
  std::fill(largest, largest + columns, 0);
  for (int64_t row = 0; row < rows; ++row) {
    const float* from = x + row * stride;
#pragma GCC ivdep
    for (int64_t i = 0; i < columns; ++i) {
      const int32_t magnitude = bits_of(from[i]) & kMagnitudeBits;
      largest[i] = magnitude > largest[i] ? magnitude : largest[i];
    }
  }
}

// 2^k for k from -127 to 127: the lowest is a subnormal number.
QSWEEP_PART_OF_LOOP float power_of_two(int32_t k) {
  constexpr int32_t kSubnormal = 1 << 22;
  const int32_t biased = k + 127;
  return float_of(biased > 0 ? biased << 23 : kSubnormal);
}

QSWEEP_VECTORIZED
bool find_power_scales(int64_t blocks, int32_t max_exponent, Scales& scales) {
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < blocks; ++i) {
    bad |= static_cast<int32_t>(scales.largest[i] >= kExponentBits);
    const int32_t wanted = (scales.largest[i] >> 23) - 127 - max_exponent;
    const int32_t k = wanted > -127 ? wanted : -127;  // 127 is out of reach
    scales.scale[i] = power_of_two(k);
    scales.inverse[i] = power_of_two(-k);
  }
  return bad == 0;
}

QSWEEP_VECTORIZED
bool find_float_scales(int64_t blocks, const BlockFormat& format, Scales& scales) {
  const FloatRounding to = format.scale;
  const float min_scale = format.min_scale;
  const float tensor_scale = format.tensor_scale;
  const float to_scale = format.to_scale;
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < blocks; ++i) {
    bad |= static_cast<int32_t>(scales.largest[i] >= kExponentBits);
    const float rounded = rounded_to_float<false>(float_of(scales.largest[i]) * to_scale, to);
    const float scale = (rounded > min_scale ? rounded : min_scale) * tensor_scale;
    scales.scale[i] = scale;
    scales.inverse[i] = 1.0F / scale;
  }
  return bad == 0;
}

// From the largest magnitudes. True if all are finite.
bool find_scales(int64_t blocks, const BlockFormat& format, Scales& scales) {
  const bool finite = format.float_scale ? find_float_scales(blocks, format, scales)
                                         : find_power_scales(blocks, format.max_exponent, scales);
  if (format.unscaled) {
    std::fill(scales.scale, scales.scale + blocks, 1.0F);
  }
  return finite;
}

template <bool kTiesAway, int64_t kSize>
QSWEEP_PART_OF_LOOP void round_blocks_of(const float* x,
                                         float* y,
                                         int64_t blocks,
                                         int64_t any_size,
                                         const FloatRounding& elements,
                                         const Scales& scales) {
  const FloatRounding to = elements;
  const int64_t size = kSize > 0 ? kSize : any_size;
  for (int64_t block = 0; block < blocks; ++block) {
    const float scale = scales.scale[block];
    const float inverse = scales.inverse[block];
    const float* from = x + block * size;
    float* target = y + block * size;
#pragma GCC ivdep
#pragma GCC unroll 1
    for (int64_t i = 0; i < size; ++i) {
      target[i] = rounded_to_float<kTiesAway>(from[i] * inverse, to) * scale;
    }
  }
}

template <bool kTiesAway>
QSWEEP_PART_OF_LOOP void round_blocks_to(const float* x,
                                         float* y,
                                         int64_t blocks,
                                         int64_t size,
                                         const FloatRounding& to,
                                         const Scales& scales) {
  switch (size) {
    case 16:
      return round_blocks_of<kTiesAway, 16>(x, y, blocks, size, to, scales);
    case 32:
      return round_blocks_of<kTiesAway, 32>(x, y, blocks, size, to, scales);
    default:
      return round_blocks_of<kTiesAway, 0>(x, y, blocks, size, to, scales);
  }
}

QSWEEP_VECTORIZED
void round_blocks(const float* x,
                  float* y,
                  int64_t blocks,
                  int64_t size,
                  const FloatRounding& to,
                  const Scales& scales) {
  return to.ties_away ? round_blocks_to<true>(x, y, blocks, size, to, scales)
                      : round_blocks_to<false>(x, y, blocks, size, to, scales);
}

template <bool kTiesAway>
QSWEEP_PART_OF_LOOP void round_columns_to(const float* x,
                                          float* y,
                                          int64_t rows,
                                          int64_t columns,
                                          int64_t stride,
                                          const FloatRounding& elements,
                                          const Scales& scales) {
  const FloatRounding to = elements;
  for (int64_t row = 0; row < rows; ++row) {
    const float* from = x + row * stride;
    float* target = y + row * stride;
#pragma GCC ivdep
    for (int64_t i = 0; i < columns; ++i) {
      target[i] = rounded_to_float<kTiesAway>(from[i] * scales.inverse[i], to) * scales.scale[i];
    }
  }
}

QSWEEP_VECTORIZED
void round_columns(const float* x,
                   float* y,
                   int64_t rows,
                   int64_t columns,
                   int64_t stride,
                   const FloatRounding& to,
                   const Scales& scales) {
  return to.ties_away ? round_columns_to<true>(x, y, rows, columns, stride, to, scales)
                      : round_columns_to<false>(x, y, rows, columns, stride, to, scales);
}

}  // namespace

bool quantize_blocks(
    const float* x, float* y, int64_t blocks, int64_t size, const BlockFormat& format) {
  bool finite = true;
  Scales scales;
  for (int64_t first = 0; first < blocks; first += kTile) {
    const int64_t count = std::min(kTile, blocks - first);
    const float* from = x + first * size;
    find_largest(from, count, size, scales.largest);
    finite = find_scales(count, format, scales) && finite;
    round_blocks(from, y + first * size, count, size, format.elements, scales);
  }
  return finite;
}

bool quantize_columns(const float* x,
                      float* y,
                      int64_t rows,
                      int64_t columns,
                      int64_t stride,
                      const BlockFormat& format) {
  bool finite = true;
  Scales scales;
  for (int64_t first = 0; first < columns; first += kTile) {
    const int64_t count = std::min(kTile, columns - first);
    find_largest_in_columns(x + first, rows, count, stride, scales.largest);
    finite = find_scales(count, format, scales) && finite;
    round_columns(x + first, y + first, rows, count, stride, format.elements, scales);
  }
  return finite;
}

}  // namespace qsweep::kernels
