#include "qsweep/core/file_lock.hpp"

#include "qsweep/core/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace qsweep {
namespace {

// False: another has it, and `how` says not to wait.
bool try_to_lock(int descriptor, int how, const std::string& path) {
  while (::flock(descriptor, how) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    if (errno != EINTR) {
      throw WriteError(path, "cannot be locked: " + system_reason());
    }
  }
  return true;
}

void lock(int descriptor, const std::function<void()>& pause, const std::string& path) {
  while (!try_to_lock(descriptor, LOCK_EX | (pause ? LOCK_NB : 0), path)) {
    pause();
  }
}

}  // namespace

FileLock::FileLock(const std::string& path) : FileLock(path, {}) {}

FileLock::FileLock(const std::string& path, const std::function<void()>& pause)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) {
    throw WriteError(path, system_reason());
  }
  try {
    lock(descriptor_, pause, path);
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

FileLock::~FileLock() {
  close(descriptor_);
}

}  // namespace qsweep
