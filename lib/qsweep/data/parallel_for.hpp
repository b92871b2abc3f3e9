#pragma once

#include <cstdint>
#include <functional>

namespace qsweep {

/// Calls `work(i)` for first .. last - 1 from `threads` threads. The exception of the lowest
/// failing `i` is thrown again once all have stopped, whatever the timing.
void parallel_for(int64_t first,
                  int64_t last,
                  int threads,
                  const std::function<void(int64_t)>& work);

}  // namespace qsweep
