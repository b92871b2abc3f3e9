#include "qsweep/core/read_bytes.hpp"

#include "qsweep/core/error.hpp"

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <unistd.h>

namespace qsweep {
namespace {

// Not a stream: what its reading throws names no file.
struct Opened {
  explicit Opened(const std::string& path) : file(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Opened() {
    if (file >= 0) {
      ::close(file);
    }
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  int file;
};

[[noreturn]] void fail(const std::string& path) {
  throw IoError(path, "cannot be read: " + system_reason());
}

std::string bytes_of(const Opened& opened, const std::string& path, uint64_t from) {
  constexpr size_t kPiece = size_t{1} << 20U;
  if (from > 0 && ::lseek(opened.file, static_cast<off_t>(from), SEEK_SET) < 0) {
    fail(path);
  }
  std::string bytes;
  size_t size = 0;
  while (true) {
    bytes.resize(size + kPiece);
    const ssize_t got = ::read(opened.file, bytes.data() + size, kPiece);
    if (got < 0 && errno != EINTR) {
      fail(path);
    }
    if (got == 0) {
      bytes.resize(size);
      return bytes;
    }
    size += got < 0 ? 0 : static_cast<size_t>(got);
  }
}

}  // namespace

std::string read_bytes(const std::string& path, uint64_t from) {
  const Opened opened(path);
  if (opened.file < 0) {
    fail(path);
  }
  return bytes_of(opened, path, from);
}

std::optional<std::string> read_bytes_if_there(const std::string& path, uint64_t from) {
  const Opened opened(path);
  if (opened.file < 0 && errno == ENOENT) {
    return std::nullopt;
  }
  if (opened.file < 0) {
    fail(path);
  }
  return bytes_of(opened, path, from);
}

}  // namespace qsweep
