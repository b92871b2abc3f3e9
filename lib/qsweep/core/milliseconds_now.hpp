#pragma once

#include <chrono>
#include <cstdint>

namespace qsweep {

/// Since 1970, as journals and events have it.
inline int64_t milliseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace qsweep
