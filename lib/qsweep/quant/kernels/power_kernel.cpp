#include "qsweep/quant/kernels/power_kernel.hpp"

#include "qsweep/quant/kernels/float_rounding.hpp"

namespace qsweep::kernels {
namespace {

constexpr int32_t kOne = 0x3f800000;

// What an infinite x becomes makes no difference: it is noticed.
QSWEEP_PART_OF_LOOP float rounded_to_power(float x, const PowerRounding& to, int32_t sign_bits) {
  const int32_t bits = bits_of(x);
  const int32_t magnitude = bits & kMagnitudeBits;
  const int32_t finite = magnitude < kExponentBits ? magnitude : kExponentBits - 1;
  const int32_t power = (finite + to.add) & kExponentBits;
  const int32_t at_least_lowest = power > to.lowest ? power : to.lowest;
  const int32_t within = at_least_lowest < kOne ? at_least_lowest : kOne;
  const int32_t compared = magnitude | (bits & ~sign_bits & kSignBit);  // negative: becomes zero
  return float_of(compared >= to.nonzero ? within | (bits & sign_bits) : 0);
}

int32_t sign_bits_of(const PowerRounding& to) {
  return to.has_sign ? kSignBit : 0;
}

}  // namespace

QSWEEP_VECTORIZED
bool round_to_power(
    const float* x, float* y, int64_t count, const PowerRounding& to, float scale, float inverse) {
  const PowerRounding own = to;
  const int32_t sign_bits = sign_bits_of(own);
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    bad |= non_finite(value);
    y[i] = rounded_to_power(value * inverse, own, sign_bits) * scale;
  }
  return bad == 0;
}

QSWEEP_VECTORIZED
bool round_to_power_row(const float* x,
                        float* y,
                        int64_t count,
                        const PowerRounding& to,
                        const float* scale,
                        const float* inverse) {
  const PowerRounding own = to;
  const int32_t sign_bits = sign_bits_of(own);
  int32_t bad = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    bad |= non_finite(value);
    y[i] = rounded_to_power(value * inverse[i], own, sign_bits) * scale[i];
  }
  return bad == 0;
}

QSWEEP_VECTORIZED
void round_to_power_backward(const float* x,
                             const float* dy,
                             float* dx,
                             int64_t count,
                             const PowerRounding& to,
                             float inverse) {
  const PowerRounding own = to;
  const int32_t too_large = kOne + (1 << 23) - own.add;  // bits of what rounds to 2
  const int32_t sign_bits = sign_bits_of(own);
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const int32_t bits = bits_of(x[i] * inverse);
    const int32_t magnitude = bits & kMagnitudeBits;
    const int32_t negative = bits & ~sign_bits & kSignBit;
    // The smallest number above zero is 1 in bits; with a sign, zero itself passes too.
    const int32_t positive = static_cast<int32_t>((magnitude | negative) > 0 || sign_bits != 0);
    dx[i] = magnitude < too_large && positive != 0 ? dy[i] : 0.0F;
  }
}

}  // namespace qsweep::kernels
