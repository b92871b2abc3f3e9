#include "qsweep/core/write_bytes.hpp"

#include "qsweep/core/error.hpp"

#include <cerrno>
#include <unistd.h>

namespace qsweep {

void write_bytes(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      throw_write_error(path);
    }
    if (written > 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }
}

void throw_write_error(const std::string& path) {
  throw WriteError(path, "cannot be written: " + system_reason());
}

}  // namespace qsweep
