#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/types.h>
#include <vector>

namespace qsweep::test {

/// "12 (its name) S 1 ..."; empty for a process that has ended, also where it ends meanwhile.
inline std::string stat_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string stat;
  std::getline(file, stat);
  return stat;
}

/// The living processes that a process has started.
inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    const std::string stat = stat_of(std::stoi(name));
    const size_t bracket = stat.rfind(')');
    if (bracket != std::string::npos && stat.at(bracket + 2) != 'Z' &&
        std::stoi(stat.substr(bracket + 3)) == parent) {
      children.push_back(std::stoi(name));
    }
  }
  return children;
}

}  // namespace qsweep::test
