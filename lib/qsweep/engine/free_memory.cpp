#include "qsweep/engine/free_memory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

// The number behind a word: "MemAvailable:  1234 kB".
std::optional<int64_t> number_behind(const std::string& path, const std::string& word) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string first;
    int64_t number = 0;
    if (words >> first && first == word && words >> number) {
      return number;
    }
  }
  return std::nullopt;
}

std::optional<int64_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  int64_t number = 0;
  return file >> number ? std::make_optional(number) : std::nullopt;  // "max" is none
}

// What a group has left; nothing if it has no limit.
std::optional<int64_t> left_in(const fs::path& group) {
  const auto most = number_in(group / "memory.max");
  const auto used = number_in(group / "memory.current");
  if (!most || !used) {
    return std::nullopt;
  }
  const auto droppable = number_behind((group / "memory.stat").string(), "inactive_file");
  return std::max(int64_t{0}, *most - *used + droppable.value_or(0));
}

// "0::/a/b" in /proc/self/cgroup; the limits of /a and of the root hold, too.
std::string own_group(const std::string& proc) {
  std::ifstream file(proc + "/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("0::", 0) == 0) {
      return line.substr(3);
    }
  }
  return "/";
}

}  // namespace

int64_t free_memory(const std::string& proc, const std::string& groups) {
  constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();
  int64_t least = kUnknown;
  if (const auto kilobytes = number_behind(proc + "/meminfo", "MemAvailable:")) {
    least = *kilobytes * 1024;
  }
  fs::path group = fs::path(own_group(proc)).relative_path();
  while (true) {
    least = std::min(least, left_in(groups / group).value_or(kUnknown));
    if (group.empty()) {
      break;
    }
    group = group.parent_path();
  }
  return least == kUnknown ? 0 : least;
}

int64_t free_memory() {
  return free_memory("/proc", "/sys/fs/cgroup");
}

}  // namespace qsweep
