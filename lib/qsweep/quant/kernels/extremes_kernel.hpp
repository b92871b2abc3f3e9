#pragma once

#include <cstdint>

namespace qsweep::kernels {

/// Lowers low[i % lanes] to x[i] and raises high[i % lanes] to it, for i below `count`. False if
/// anything was NaN or infinite; then they say nothing.
bool extend(const float* x, int64_t count, int64_t lanes, float* low, float* high);

}  // namespace qsweep::kernels
