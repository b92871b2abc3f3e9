#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// Powers of two from 1 down to `lowest`, and zero; with their negatives if `has_sign`. All by the
/// exponents of floats: bits are those of positive floats, which are ordered as the numbers are.
struct PowerRounding {
  int32_t add = 0;      // to the bits of |x|: carries into the exponent where |x| rounds up
  int32_t lowest = 0;   // bits of the lowest power
  int32_t nonzero = 0;  // bits of the smallest number that does not become zero
  bool has_sign = true;
};

/// `y[i]` is x[i] / scale rounded to such a power, times scale. x and y may be the same. True if
/// every x is finite.
bool round_to_power(
    const float* x, float* y, int64_t count, const PowerRounding& to, float scale, float inverse);

/// The same with a scale for each element.
bool round_to_power_row(const float* x,
                        float* y,
                        int64_t count,
                        const PowerRounding& to,
                        const float* scale,
                        const float* inverse);

/// Straight through where x[i] / scale rounds to at most 1, and without sign is above 0; else 0.
void round_to_power_backward(const float* x,
                             const float* dy,
                             float* dx,
                             int64_t count,
                             const PowerRounding& to,
                             float inverse);

}  // namespace qsweep::kernels
