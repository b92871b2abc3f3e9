#pragma once

#include <string>
#include <string_view>

namespace qsweep {

/// Writes all of it to a file descriptor, in one write(2) where the system takes it. Throws a
/// WriteError that names `path`.
void write_bytes(int file, std::string_view bytes, const std::string& path);

/// A WriteError with the reason of the last failed system call.
[[noreturn]] void throw_write_error(const std::string& path);

}  // namespace qsweep
