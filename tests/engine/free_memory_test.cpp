#include "qsweep/engine/free_memory.hpp"

#include "support/catch.hpp"
#include "support/made_up_machine.hpp"

namespace qsweep {
namespace {

class Machine : public test::MadeUpMachine {
 public:
  void limit(const std::string& group, const std::string& most, const std::string& used) const {
    set(group, "memory.max", most);
    set(group, "memory.current", used);
    set(group, "memory.stat", "file 9999\ninactive_file 50");
  }
  int64_t free() const { return free_memory(files()); }
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
  const test::ScratchFolder empty;
  CHECK(free_memory({empty.path(), empty.path()}) == 0);
  CHECK(free_memory() > 1'000'000);
}

}  // namespace qsweep
