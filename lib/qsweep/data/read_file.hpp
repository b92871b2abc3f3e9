#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// The bytes of a file. Throws IoError "PATH: No such file or directory" and the like.
std::vector<uint8_t> read_file(const std::string& path);

/// The bytes of a file; what gzip packed is unpacked. Throws IoError if the packed data is damaged
/// or cut off.
std::vector<uint8_t> read_gzip_or_plain(const std::string& path);

/// A line "NAME SIZE TIME" for a stamp: `name` is how the file is called in it. Throws IoError if
/// the file is missing.
std::string stamp_line(const std::string& path, const std::string& name);

}  // namespace qsweep
