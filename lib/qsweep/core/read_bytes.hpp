#pragma once

#include <cstdint>
#include <string>

namespace qsweep {

/// What a file holds from that place on. Throws an IoError that names it and says why it cannot be
/// read: not there, no permission, a folder, a disk that fails.
std::string read_bytes(const std::string& path, uint64_t from = 0);

}  // namespace qsweep
