#include "qsweep/core/atomic_file.hpp"

#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/core/write_bytes.hpp"

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

void AtomicFile::add(std::string_view bytes) {
  constexpr size_t kBuffer = 1U << 16U;
  if (bytes.size() >= kBuffer) {  // not worth a copy
    flush();
    write_bytes(file_, bytes, path_);
    return;
  }
  buffer_ += bytes;
  if (buffer_.size() >= kBuffer) {
    flush();
  }
}

void AtomicFile::put(int64_t offset, std::string_view bytes) {
  flush();
  if (::lseek(file_, offset, SEEK_SET) < 0) {
    throw_write_error(path_);
  }
  write_bytes(file_, bytes, path_);
  if (::lseek(file_, 0, SEEK_END) < 0) {
    throw_write_error(path_);
  }
}

void AtomicFile::flush() {
  write_bytes(file_, buffer_, path_);
  buffer_.clear();
}

void AtomicFile::commit() {
  flush();
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
