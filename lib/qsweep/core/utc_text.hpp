#pragma once

#include <array>
#include <ctime>
#include <string>

namespace qsweep {

/// "2026-11-30T16:34:55Z".
inline std::string utc_text(std::time_t seconds) {
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

}  // namespace qsweep
