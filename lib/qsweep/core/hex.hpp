#pragma once

#include <cstddef>
#include <string>

namespace qsweep {

/// Two lower-case digits for each byte.
inline std::string hex_of(const unsigned char* bytes, size_t count) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

}  // namespace qsweep
