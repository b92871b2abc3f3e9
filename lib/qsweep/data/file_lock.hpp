#pragma once

#include <string>

namespace qsweep {

/// Holds a lock file as long as it lives; whoever comes second waits. The lock ends with its
/// process, however that ends; the file stays. Throws WriteError if the file cannot be made.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace qsweep
