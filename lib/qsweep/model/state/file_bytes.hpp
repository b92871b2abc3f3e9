#pragma once

#include <string>

namespace qsweep {

/// A file's whole content. Throws IoError: not there, not readable, no regular file, above 64 GiB.
std::string read_file_bytes(const std::string& path);

}  // namespace qsweep
