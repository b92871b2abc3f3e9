#pragma once

#include <algorithm>
#include <cstdint>

// Where loops look up tables in registers, which the compiler does not find by itself: 16 numbers
// at once with AVX-512, if the processor has it. Elsewhere QSWEEP_AVX512 is not defined.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define QSWEEP_AVX512

#include <immintrin.h>

namespace qsweep::kernels {

constexpr int64_t kVector = 16;
constexpr __mmask16 kWholeVector = 0xffff;
using Floats = float __attribute__((vector_size(64)));
using Ints = int32_t __attribute__((vector_size(64)));

inline int32_t largest_of(const Ints& numbers) {
  int32_t largest = 0;
  for (int64_t lane = 0; lane < kVector; ++lane) {
    largest = std::max(largest, numbers[lane]);
  }
  return largest;
}

}  // namespace qsweep::kernels

#endif
