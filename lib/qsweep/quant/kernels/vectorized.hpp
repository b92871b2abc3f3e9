#pragma once

#include <cstdint>
#include <cstring>

// Marks a loop to be compiled for several instruction sets; the best one is chosen when the program
// starts. The arithmetic is the same in all: nothing is contracted or reordered. _FMA is for loops
// with std::fma, a sum of products rounded once: half the instructions. Processors without it get
// the same numbers, slowly.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define QSWEEP_VECTORIZED __attribute__((target_clones("avx512f", "avx2", "default")))
#define QSWEEP_VECTORIZED_FMA __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define QSWEEP_VECTORIZED
#define QSWEEP_VECTORIZED_FMA
#endif

// Marks the body that several such loops share: it becomes part of each, for its instructions.
#if defined(__GNUC__)
#define QSWEEP_PART_OF_LOOP inline __attribute__((always_inline))
#else
#define QSWEEP_PART_OF_LOOP inline
#endif

namespace qsweep::kernels {

/// Sums go to lanes, since the compiler does not reorder floating-point sums, and from there to
/// doubles after so few elements that float sums are exact enough.
constexpr int64_t kSumLanes = 16;
constexpr int64_t kSumBlock = 64 * kSumLanes;

/// 1 if x is NaN or infinite, whose exponents are all ones; in integers, so that loops can gather
/// it.
inline int32_t non_finite(float x) {
  int32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  constexpr int32_t kExponent = 0x7f800000;
  return static_cast<int32_t>((bits & kExponent) == kExponent);
}

/// The bits of |x|, in the order of the magnitudes: x is finite where they are below kInfinityBits.
/// The largest of them costs a loop less than non_finite of each.
inline int32_t magnitude_bits(float x) {
  int32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffff;
}
constexpr int32_t kInfinityBits = 0x7f800000;

}  // namespace qsweep::kernels
