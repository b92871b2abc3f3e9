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
std::optional<int64_t> number_behind(const fs::path& path, const std::string& word) {
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
  const auto droppable = number_behind(group / "memory.stat", "inactive_file");
  return std::max(int64_t{0}, *most - *used + droppable.value_or(0));
}

}  // namespace

int64_t free_memory(const MachineFiles& files) {
  constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();
  int64_t least = kUnknown;
  if (const auto kilobytes = number_behind(files.proc / "meminfo", "MemAvailable:")) {
    least = *kilobytes * 1024;
  }
  for (const fs::path& group : control_groups(files)) {
    least = std::min(least, left_in(group).value_or(kUnknown));
  }
  return least == kUnknown ? 0 : least;
}

}  // namespace qsweep
