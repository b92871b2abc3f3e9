#pragma once

#include <functional>
#include <string>

namespace qsweep {

/// Holds a lock file as long as it lives; whoever comes second waits. The lock ends with its
/// process, however that ends; the file stays. Throws WriteError if the file cannot be made.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  /// While another has it, calls `pause` before each new try; what that throws ends the waiting.
  FileLock(const std::string& path, const std::function<void()>& pause);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace qsweep
