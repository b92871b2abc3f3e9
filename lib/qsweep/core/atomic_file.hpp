#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qsweep {

/// A file that is seen under its name only once it is complete: written beside it, synced, renamed.
/// Left without commit(), it leaves nothing; what a killed process leaves, remove_unfinished_in()
/// removes. Throws WriteError.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// At the end.
  void add(std::string_view bytes);
  /// At that place, over what is there; beyond the end, behind zeros.
  void put(int64_t offset, std::string_view bytes);
  void commit();

 private:
  void flush();

  std::string path_;
  std::string unfinished_;
  std::string buffer_;
  int file_ = -1;
};

/// The same for a text that is at hand as a whole.
void write_atomically(const std::string& path, std::string_view text);

}  // namespace qsweep
