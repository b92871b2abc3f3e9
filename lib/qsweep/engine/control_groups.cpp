#include "qsweep/engine/control_groups.hpp"

#include <fstream>
#include <string>

namespace qsweep {
namespace {

// "0::/a/b" in /proc/self/cgroup.
std::string own_group(const MachineFiles& files) {
  std::ifstream file(files.proc / "self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("0::", 0) == 0) {
      return line.substr(3);
    }
  }
  return "/";
}

}  // namespace

std::vector<std::filesystem::path> control_groups(const MachineFiles& files) {
  std::vector<std::filesystem::path> folders;
  std::filesystem::path group = std::filesystem::path(own_group(files)).relative_path();
  for (; !group.empty(); group = group.parent_path()) {
    folders.push_back(files.groups / group);
  }
  folders.push_back(files.groups);
  return folders;
}

}  // namespace qsweep
