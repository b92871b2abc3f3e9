#pragma once

#include "qsweep/core/file_lock.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A file of the web that never changes.
struct RemoteFile {
  std::string base;  // the address up to the name, with the last slash
  std::string name;
  std::string md5;  // lower-case hex, as its publisher gives it
};

/// Makes the folder if it is missing, and keeps other processes from downloading into it.
class DownloadLock {
 public:
  explicit DownloadLock(const std::string& folder);

 private:
  FileLock lock_;
};

/// Fetches a file into `folder`, under a temporary name until its checksum was right. The
/// environment's QSWEEP_DOWNLOAD_BASE replaces `base`. Throws IoError that says which files
/// (`wanted`) to put where instead, WriteError if the folder cannot be written.
void download_file(const RemoteFile& file,
                   const std::string& folder,
                   const std::vector<std::string>& wanted);

}  // namespace qsweep
