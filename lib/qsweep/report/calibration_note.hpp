#pragma once

#include <cstdint>
#include <string>

namespace qsweep {

/// What is said under a table whose ranges were calibrated on `shared` of the evaluated images,
/// where accuracy is better than on images that calibration has never seen; empty for none.
std::string calibration_note(int64_t shared);

}  // namespace qsweep
