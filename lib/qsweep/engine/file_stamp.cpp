#include "qsweep/engine/file_stamp.hpp"

#include <cstdint>
#include <dirent.h>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

namespace qsweep {
namespace {

constexpr int kDeepest = 16;  // folders of folders: links may go round in circles

// A sum, so that the order in which a folder lists its files does not matter.
struct Stamp {
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t hash = 0;

  void add(const std::string& name, const struct stat& info) {
    ++files;
    bytes += static_cast<uint64_t>(info.st_size);
    const std::string text = name + '\n' + std::to_string(info.st_size) + '\n' +
                             std::to_string(info.st_mtim.tv_sec) + '\n' +
                             std::to_string(info.st_mtim.tv_nsec);
    hash += std::hash<std::string>()(text);
  }
};

void add_folder(int folder, const std::string& name, int depth, Stamp& stamp) {
  DIR* listing = ::fdopendir(folder);
  if (listing == nullptr) {
    ::close(folder);
    return;
  }
  while (const dirent* entry = ::readdir(listing)) {
    const std::string own = entry->d_name;
    struct stat info {};
    if (own == "." || own == ".." || ::fstatat(folder, entry->d_name, &info, 0) != 0) {
      continue;
    }
    if (!S_ISDIR(info.st_mode)) {
      stamp.add(name + "/" + own, info);
    } else if (depth < kDeepest) {
      const int below = ::openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (below >= 0) {
        add_folder(below, name + "/" + own, depth + 1, stamp);
      }
    }
  }
  ::closedir(listing);
}

}  // namespace

std::string file_stamp(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return "missing";
  }
  Stamp stamp;
  if (!S_ISDIR(info.st_mode)) {
    stamp.add("", info);
  } else if (const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
             folder >= 0) {
    add_folder(folder, "", 0, stamp);
  }
  return std::to_string(stamp.files) + " files, " + std::to_string(stamp.bytes) + " bytes, " +
         std::to_string(stamp.hash);
}

}  // namespace qsweep
