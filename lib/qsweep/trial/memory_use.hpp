#pragma once

#include <cstdint>

namespace qsweep {

/// The memory of this process, in bytes.
struct MemoryUse {
  int64_t peak = 0;    // the most at a time
  int64_t shared = 0;  // now, in files that it shares with other processes; 0 where nothing tells
};

MemoryUse memory_use();

}  // namespace qsweep
