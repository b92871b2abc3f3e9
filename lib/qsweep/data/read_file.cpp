#include "qsweep/data/read_file.hpp"

#include "qsweep/core/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <sys/stat.h>
#include <zlib.h>

namespace qsweep {
namespace {

struct stat status_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    throw IoError(path, system_reason());
  }
  if (!S_ISREG(status.st_mode)) {
    throw IoError(path, "is not a file");
  }
  return status;
}

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};

}  // namespace

std::vector<uint8_t> read_file(const std::string& path) {
  const auto size = static_cast<size_t>(status_of(path).st_size);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw IoError(path, system_reason());
  }
  std::vector<uint8_t> bytes(size);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
    throw IoError(path, "cannot be read to its end");
  }
  return bytes;
}

std::vector<uint8_t> read_gzip_or_plain(const std::string& path) {
  status_of(path);
  const std::unique_ptr<gzFile_s, CloseGzip> file(gzopen(path.c_str(), "rb"));
  if (!file) {
    throw IoError(path, system_reason());
  }
  constexpr unsigned kBlock = 1U << 20U;
  constexpr size_t kMostUnpacked = size_t{1} << 32U;
  std::vector<uint8_t> bytes;
  for (int got = 1; got > 0;) {
    const size_t size = bytes.size();
    if (size > kMostUnpacked) {
      throw IoError(path, "unpacks to more than 4 GiB, which is not read");
    }
    bytes.resize(size + kBlock);
    got = gzread(file.get(), bytes.data() + size, kBlock);
    bytes.resize(size + static_cast<size_t>(got > 0 ? got : 0));
  }
  int error = Z_OK;
  const std::string reason = gzerror(file.get(), &error);
  if (error == Z_BUF_ERROR) {
    throw IoError(path, "truncated: the gzip data ends early");
  }
  if (error != Z_OK) {
    throw IoError(path, error == Z_ERRNO ? system_reason() : "damaged gzip data");
  }
  return bytes;
}

std::string stamp_line(const std::string& path, const std::string& name) {
  const struct stat status = status_of(path);
  return name + ' ' + std::to_string(status.st_size) + ' ' + std::to_string(status.st_mtim.tv_sec) +
         '.' + std::to_string(status.st_mtim.tv_nsec) + '\n';
}

}  // namespace qsweep
