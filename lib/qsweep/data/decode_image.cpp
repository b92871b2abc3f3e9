#include "qsweep/data/decode_image.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/data/read_file.hpp"

#include <algorithm>

namespace qsweep {
namespace {

bool starts_with(const std::vector<uint8_t>& bytes, const std::vector<uint8_t>& start) {
  return bytes.size() >= start.size() && std::equal(start.begin(), start.end(), bytes.begin());
}

}  // namespace

void check_pixels(int64_t width, int64_t height, const std::string& path) {
  constexpr int64_t kMost = int64_t{1} << 28U;
  if (height > 0 && width > kMost / height) {
    throw IoError(path,
                  "claims " + std::to_string(width) + "x" + std::to_string(height) +
                      " pixels, more than is read");
  }
}

Image decode_image(const std::string& path) {
  const std::vector<uint8_t> bytes = read_file(path);
  if (bytes.empty()) {
    throw IoError(path, "is empty");
  }
  if (starts_with(bytes, {0xFF, 0xD8})) {
    return decode_jpeg(bytes, path);
  }
  if (starts_with(bytes, {0x89, 'P', 'N', 'G'})) {
    return decode_png(bytes, path);
  }
  throw IoError(path, "is neither a JPEG nor a PNG");
}

}  // namespace qsweep
