#pragma once

#include <string>
#include <string_view>

namespace qsweep {

/// A file that is seen under its name only once it is complete: written beside it, synced, renamed.
/// Left without commit(), it leaves nothing. Throws WriteError.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void add(std::string_view text);
  void commit();

 private:
  std::string path_;
  std::string temporary_;
  std::string buffer_;
  int file_ = -1;
};

/// The same for a text that is at hand as a whole.
void write_atomically(const std::string& path, std::string_view text);

/// Removes what such files left half written in a folder when their process was killed. Only for
/// who knows that no other process writes there.
void remove_abandoned_files(const std::string& directory);

}  // namespace qsweep
