#pragma once

#include <string>

namespace qsweep {

/// SHA-256 of a file's content as 64 hex digits. Throws IoError.
std::string file_hash(const std::string& path);

}  // namespace qsweep
