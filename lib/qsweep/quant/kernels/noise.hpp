#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// Names a sequence of random numbers, one per place: what is drawn for an element depends on
/// where it lies in memory and on nothing else, so threads and vector widths do not matter.
struct NoiseKey {
  uint32_t first = 0;
  uint32_t second = 0;
};

/// A bijection of 32 bits that spreads each of them over all: the finalizer of MurmurHash3.
inline uint32_t scrambled(uint32_t bits) {
  bits ^= bits >> 16U;
  bits *= 0x85ebca6bU;
  bits ^= bits >> 13U;
  bits *= 0xc2b2ae35U;
  return bits ^ (bits >> 16U);
}

/// Uniform in [0, 1), a multiple of 2^-24. Sequences repeat after 2^32 places.
inline float noise_at(const NoiseKey& key, uint32_t place) {
  const uint32_t bits = scrambled(scrambled(place + key.first) ^ key.second);
  return static_cast<float>(static_cast<int32_t>(bits >> 8U)) * 0x1.0p-24F;
}

}  // namespace qsweep::kernels
