#include "qsweep/data/unpack_archive.hpp"

#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/unfinished_file.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <filesystem>
#include <memory>
#include <set>

namespace qsweep {
namespace {

namespace fs = std::filesystem;
using Reader = std::unique_ptr<archive, int (*)(archive*)>;

[[noreturn]] void damaged(const Reader& reader, const std::string& path) {
  const char* reason = archive_error_string(reader.get());
  throw IoError(path, "damaged archive", reason != nullptr ? std::string(": ") + reason : "");
}

Reader open_archive(const std::string& path) {
  Reader reader(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(reader.get());
  archive_read_support_filter_all(reader.get());
  constexpr size_t kBlock = 1U << 16U;
  if (archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK) {
    damaged(reader, path);
  }
  return reader;
}

/// Writes the current entry, as a whole or not at all.
void unpack_entry(const Reader& reader, const std::string& archive_path, const fs::path& target) {
  AtomicFile file(target);
  const void* bytes = nullptr;
  size_t count = 0;
  la_int64_t offset = 0;
  int status = archive_read_data_block(reader.get(), &bytes, &count, &offset);
  while (status == ARCHIVE_OK) {
    file.put(offset, {static_cast<const char*>(bytes), count});
    status = archive_read_data_block(reader.get(), &bytes, &count, &offset);
  }
  if (status != ARCHIVE_EOF) {
    damaged(reader, archive_path);
  }
  file.commit();
}

}  // namespace

void unpack_files(const std::string& path,
                  const std::vector<std::string>& names,
                  const std::string& folder) {
  std::set<std::string> missing(names.begin(), names.end());
  const Reader reader = open_archive(path);
  fs::create_directories(folder);
  remove_unfinished_in(folder);  // of who was killed at it
  archive_entry* entry = nullptr;
  int status = archive_read_next_header(reader.get(), &entry);
  for (; status == ARCHIVE_OK; status = archive_read_next_header(reader.get(), &entry)) {
    const char* path_inside = archive_entry_pathname(entry);
    const std::string name =
        path_inside == nullptr ? "" : fs::path(path_inside).filename().string();
    if (missing.erase(name) == 1) {
      unpack_entry(reader, path, fs::path(folder) / name);
    }
  }
  if (status != ARCHIVE_EOF) {
    damaged(reader, path);
  }
  if (!missing.empty()) {
    throw IoError(path, "'" + *missing.begin() + "' is not in the archive");
  }
}

}  // namespace qsweep
