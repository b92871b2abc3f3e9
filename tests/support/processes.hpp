#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "support/scratch_folder.hpp"

namespace qsweep::test {

/// The living processes that a process has started.
inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    const std::string stat = read_text(entry.path().string() + "/stat");  // "12 (a b) S 1 ..."
    const size_t bracket = stat.rfind(')');
    if (bracket != std::string::npos && stat.at(bracket + 2) != 'Z' &&
        std::stoi(stat.substr(bracket + 3)) == parent) {
      children.push_back(std::stoi(name));
    }
  }
  return children;
}

}  // namespace qsweep::test
