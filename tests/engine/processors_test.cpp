#include "qsweep/engine/processors.hpp"

#include "support/catch.hpp"
#include "support/made_up_machine.hpp"

namespace qsweep {

TEST_CASE("without a quota, all processors that are allowed count", "[engine]") {
  const test::MadeUpMachine machine;
  CHECK(processor_count(8, machine.files()) == 8);
  machine.set("/a/b", "cpu.max", "max 100000");
  CHECK(processor_count(8, machine.files()) == 8);
}

TEST_CASE("the tightest quota of a control group counts, a started processor whole", "[engine]") {
  const test::MadeUpMachine machine;
  machine.set("/a", "cpu.max", "600000 100000");
  CHECK(processor_count(8, machine.files()) == 6);
  machine.set("/a/b", "cpu.max", "150000 100000");
  CHECK(processor_count(8, machine.files()) == 2);
  CHECK(processor_count(1, machine.files()) == 1);
  machine.set("/a/b", "cpu.max", "1000 100000");
  CHECK(processor_count(8, machine.files()) == 1);
}

TEST_CASE("there is always a processor", "[engine]") {
  CHECK(processor_count(0, test::MadeUpMachine().files()) == 1);
  CHECK(processor_count() >= 1);
}

}  // namespace qsweep
