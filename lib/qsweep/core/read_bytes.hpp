#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace qsweep {

/// What a file holds from that place on. Throws an IoError that names it and says why it cannot be
/// read: not there, no permission, a folder, a disk that fails.
std::string read_bytes(const std::string& path, uint64_t from = 0);

/// The same, or nothing where there is no such file.
std::optional<std::string> read_bytes_if_there(const std::string& path, uint64_t from = 0);

}  // namespace qsweep
