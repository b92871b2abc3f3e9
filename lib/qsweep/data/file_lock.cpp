#include "qsweep/data/file_lock.hpp"

#include "qsweep/core/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace qsweep {

FileLock::FileLock(const std::string& path)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) {
    throw WriteError(path, system_reason());
  }
  int result = flock(descriptor_, LOCK_EX);
  while (result != 0 && errno == EINTR) {
    result = flock(descriptor_, LOCK_EX);
  }
  if (result != 0) {
    const std::string reason = system_reason();
    close(descriptor_);
    throw WriteError(path, "cannot be locked: " + reason);
  }
}

FileLock::~FileLock() {
  close(descriptor_);
}

}  // namespace qsweep
