#pragma once

#include <cstdint>
#include <string>

namespace qsweep {

/// How many bytes processes of this one can still have before the machine or a control group that
/// it is in has no more: what Linux calls available, caches that can be dropped included. 0 where
/// nothing tells.
int64_t free_memory();

/// The same from /proc/meminfo and the control groups (version 2) that are below other roots.
int64_t free_memory(const std::string& proc, const std::string& groups);

}  // namespace qsweep
