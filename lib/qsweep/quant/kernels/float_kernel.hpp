#pragma once

#include "qsweep/quant/kernels/float_rounding.hpp"

#include <cstdint>

namespace qsweep::kernels {

/// `y[i]` is x[i] / scale rounded to the format, times scale; `inverse` is 1 / scale. Wide formats
/// have no scale. x and y may be the same. True if every x is finite.
bool round_to_float(
    const float* x, float* y, int64_t count, const FloatRounding& to, float scale, float inverse);

/// The same with a scale for each element.
bool round_to_float_row(const float* x,
                        float* y,
                        int64_t count,
                        const FloatRounding& to,
                        const float* scale,
                        const float* inverse);

/// Of numbers of a format, the place of each among them, counted from zero: 1 is the smallest above
/// zero, -1 the largest below. `in_power` are the numbers from a power of two to the next.
void places_of_floats(const float* numbers,
                      int64_t* places,
                      int64_t count,
                      const FloatRounding& of,
                      int32_t in_power);

/// Straight through within [-limit, limit]: `dx[i]` is `dy[i]` where |x[i]| <= limit, else 0.
void pass_within(const float* x, const float* dy, float* dx, int64_t count, float limit);

}  // namespace qsweep::kernels
