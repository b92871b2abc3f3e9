#include "qsweep/model/state/file_bytes.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/read_bytes.hpp"

#include <filesystem>

namespace qsweep {

std::string read_file_bytes(const std::string& path) {
  namespace fs = std::filesystem;
  constexpr uint64_t kLargest = uint64_t{1} << 36;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw IoError(path, error ? error.message() : "No such file or directory");
  }
  if (!fs::is_regular_file(status)) {
    throw IoError(path, "is no regular file");
  }
  const uint64_t size = fs::file_size(path);
  if (size > kLargest) {
    throw IoError(path, "has more than 64 GiB, which is not read");
  }
  return read_bytes(path);
}

}  // namespace qsweep
