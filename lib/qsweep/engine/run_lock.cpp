#include "qsweep/engine/run_lock.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/host_name.hpp"
#include "qsweep/core/write_bytes.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace qsweep {
namespace {

std::string lock_path(const std::string& run_directory) {
  return run_directory + "/lock";
}

// A lock of the open file and not of the process: asking for it does not take it.
struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string own_name() {
  return "process " + std::to_string(::getpid()) + " on " + host_name();
}

std::string text_of(int file) {
  std::array<char, 512> text{};
  const ssize_t count = ::pread(file, text.data(), text.size(), 0);
  return count > 0 ? std::string(text.data(), static_cast<size_t>(count)) : "another process";
}

}  // namespace

RunLock::RunLock(const std::string& run_directory) {
  std::error_code failed;
  std::filesystem::create_directories(run_directory, failed);
  if (failed) {
    throw WriteError(run_directory, "cannot be made: " + failed.message());
  }
  const std::string path = lock_path(run_directory);
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) {
    throw_write_error(path);
  }
  const struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(file_, F_OFD_SETLK, &lock) != 0) {
    const bool is_held = errno == EAGAIN || errno == EACCES;
    const std::string reason = system_reason();
    const std::string holder = text_of(file_);
    ::close(file_);
    if (!is_held) {  // a file system without locks
      throw WriteError(path, "cannot be locked: " + reason);
    }
    throw RunBusy(run_directory + ": is being run by " + holder);
  }
  try {
    if (::ftruncate(file_, 0) != 0) {
      throw_write_error(path);
    }
    write_bytes(file_, own_name(), path);
  } catch (const WriteError&) {
    ::close(file_);
    throw;
  }
}

RunLock::~RunLock() {
  ::close(file_);
}

std::optional<std::string> lock_holder(const std::string& run_directory) {
  const int file = ::open(lock_path(run_directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return std::nullopt;
  }
  std::optional<std::string> holder;
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
    holder = text_of(file);
  }
  ::close(file);
  return holder;
}

}  // namespace qsweep
