#pragma once

#include "qsweep/engine/control_groups.hpp"

#include "support/scratch_folder.hpp"

namespace qsweep::test {

/// A made-up machine with 1000 kB to be had, whose process is in the control group /a/b.
class MadeUpMachine {
 public:
  MadeUpMachine() {
    for (const char* name : {"proc/self", "groups/a/b"}) {
      std::filesystem::create_directories(folder_.path(name));
    }
    write_text(folder_.path("proc/meminfo"), "MemTotal: 9000 kB\nMemAvailable:    1000 kB\n");
    write_text(folder_.path("proc/self/cgroup"), "1:cpu:/other\n0::/a/b\n");
  }

  /// Writes a file of a group: ("/a/b", "cpu.max", "max 100000").
  void set(const std::string& group, const std::string& file, const std::string& text) const {
    write_text(folder_.path("groups" + group + "/" + file), text + "\n");
  }
  MachineFiles files() const { return {folder_.path("proc"), folder_.path("groups")}; }

 private:
  ScratchFolder folder_;
};

}  // namespace qsweep::test
