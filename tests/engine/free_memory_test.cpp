#include "qsweep/engine/free_memory.hpp"

#include <filesystem>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

using test::ScratchFolder;
using test::write_text;

// A made-up machine with 1000 kB to be had, and the control groups / and /a/b.
class Machine {
 public:
  Machine() {
    for (const char* name : {"proc/self", "groups/a/b"}) {
      std::filesystem::create_directories(folder_.path(name));
    }
    write_text(folder_.path("proc/meminfo"), "MemTotal: 9000 kB\nMemAvailable:    1000 kB\n");
    write_text(folder_.path("proc/self/cgroup"), "1:cpu:/other\n0::/a/b\n");
  }
  void limit(const std::string& group, const std::string& most, const std::string& used) const {
    write_text(folder_.path("groups" + group + "/memory.max"), most + "\n");
    write_text(folder_.path("groups" + group + "/memory.current"), used + "\n");
    write_text(folder_.path("groups" + group + "/memory.stat"), "file 9999\ninactive_file 50\n");
  }
  int64_t free() const { return free_memory(folder_.path("proc"), folder_.path("groups")); }

 private:
  ScratchFolder folder_;
};

}  // namespace

TEST_CASE("without a limit the machine's memory counts", "[engine]") {
  const Machine machine;
  CHECK(machine.free() == 1'024'000);
  machine.limit("/a/b", "max", "100");
  CHECK(machine.free() == 1'024'000);
}

TEST_CASE("the tightest control group counts, also one further up", "[engine]") {
  const Machine machine;
  machine.limit("/a/b", "500000", "100000");
  CHECK(machine.free() == 400'050);
  machine.limit("/a", "300000", "200000");
  CHECK(machine.free() == 100'050);
  machine.limit("/a", "300000", "900000");
  CHECK(machine.free() == 0);
}

TEST_CASE("where nothing tells, nothing is known", "[engine]") {
  const ScratchFolder empty;
  CHECK(free_memory(empty.path(), empty.path()) == 0);
  CHECK(free_memory() > 1'000'000);
}

}  // namespace qsweep
