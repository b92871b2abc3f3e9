#include "qsweep/journal/atomic_file.hpp"

#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/journal/write_bytes.hpp"

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace qsweep {

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)), unfinished_(unfinished_path(path_)) {
  file_ = ::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) {
    throw_write_error(path_);
  }
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) {
    ::close(file_);
    ::unlink(unfinished_.c_str());
  }
}

void AtomicFile::add(std::string_view text) {
  constexpr size_t kBuffer = 1U << 16U;
  buffer_ += text;
  if (buffer_.size() >= kBuffer) {
    write_bytes(file_, buffer_, path_);
    buffer_.clear();
  }
}

void AtomicFile::commit() {
  write_bytes(file_, buffer_, path_);
  if (::fsync(file_) != 0 || std::rename(unfinished_.c_str(), path_.c_str()) != 0) {
    throw_write_error(path_);
  }
  ::close(file_);
  file_ = -1;
}

void write_atomically(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.add(text);
  file.commit();
}

}  // namespace qsweep
