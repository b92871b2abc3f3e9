#include "qsweep/core/file_hash.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/sha256.hpp"

#include <fstream>
#include <vector>

namespace qsweep {

std::string file_hash(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw IoError(path, "cannot be read: " + system_reason());
  }
  Sha256 hash;
  std::vector<char> piece(size_t{1} << 16U);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    hash.add(piece.data(), static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) {
    throw IoError(path, "cannot be read: " + system_reason());
  }
  return hash.hex();
}

}  // namespace qsweep
