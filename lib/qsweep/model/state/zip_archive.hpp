#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace qsweep {

/// The records of a zip file as torch.save writes it. Every place and size is checked against the
/// file, and every record against its checksum when it is read; LibTorch's own reader does neither
/// the checksum nor a limit on what a damaged file makes it allocate. zip64, of files of 4 GiB and
/// more, is read, too. torch.jit.save packs its programs, which are checked too, but not given.
class ZipArchive {
 public:
  /// `bytes` must outlive the archive. Throws IoError that names the file.
  ZipArchive(std::string file, std::string_view bytes);

  /// All of a torch.save file's records stand in one folder: its name, with the slash.
  const std::string& folder() const { return folder_; }
  bool has(const std::string& name) const { return entries_.count(folder_ + name) != 0; }
  /// The content of a record of that folder.
  std::string_view record(const std::string& name) const;
  /// Throws IoError that names a record whose checksum is wrong.
  void check_records() const;

 private:
  struct Entry {
    uint64_t flags = 0;
    uint64_t method = 0;
    uint64_t checksum = 0;
    uint64_t size = 0;
    uint64_t header_at = 0;
  };
  struct Directory {
    uint64_t entries = 0;
    std::string_view bytes;
  };
  Directory find_directory() const;
  Directory find_large_directory(size_t end_at) const;
  std::string_view directory_bytes(uint64_t begin, uint64_t size, uint64_t end) const;
  void read_directory(const Directory& directory);
  void find_folder();
  std::string_view stored_bytes(const std::string& name, const Entry& entry) const;
  void check_content(const std::string& name, const Entry& entry, std::string_view stored) const;
  std::string_view content_of(const std::string& name, const Entry& entry) const;
  [[noreturn]] void fail(const std::string& what) const;

  std::string file_;
  std::string_view bytes_;
  std::map<std::string, Entry> entries_;
  std::string folder_;
};

}  // namespace qsweep
