#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace qsweep::kernels {

/// e^x for x <= 0, within 2e-7 of it, relatively; below -87 it is e^-87, 1.6e-38. In plain
/// arithmetic that compilers vectorize: e^x = 2^n e^r with |r| <= ln(2) / 2, and e^r by Taylor.
inline float exp_negative(float x) {
  const float limited = x > -87.0F ? x : -87.0F;
  const float n = std::rint(limited * 1.44269504F);
  const float r = (limited - n * 0.693359375F) + n * 2.12194440e-4F;  // ln(2) in two parts
  float power = 1.0F / 720;
  power = power * r + 1.0F / 120;
  power = power * r + 1.0F / 24;
  power = power * r + 1.0F / 6;
  power = power * r + 0.5F;
  power = power * r + 1.0F;
  power = power * r + 1.0F;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float two_to_n = 0;
  std::memcpy(&two_to_n, &bits, sizeof bits);
  return power * two_to_n;
}

}  // namespace qsweep::kernels
