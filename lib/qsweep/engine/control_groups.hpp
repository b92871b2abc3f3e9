#pragma once

#include <filesystem>
#include <vector>

namespace qsweep {

/// Where Linux tells what processes may have; tests make up their own.
struct MachineFiles {
  std::filesystem::path proc = "/proc";
  std::filesystem::path groups = "/sys/fs/cgroup";  // of version 2
};

/// The folders of the control groups whose limits hold for this process: its own and all above it.
std::vector<std::filesystem::path> control_groups(const MachineFiles& files);

}  // namespace qsweep
