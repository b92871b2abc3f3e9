#pragma once

#include <cstddef>

namespace qsweep {

/// The longest text that is read as an experiment, in bytes.
constexpr size_t kLongestSource = size_t{8} << 20U;
constexpr const char* kSourceTooLong = "the text is longer than 8 MB";

}  // namespace qsweep
