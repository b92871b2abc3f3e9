#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {

using test::kBitsFile;
using test::Outcome;
using test::Workplace;

TEST_CASE("the same command again runs nothing and shows the same", "[app]") {
  const Workplace place;
  const Outcome first = place.run("bits.yaml");
  CHECK(place.trials_started() == 4);
  const std::string csv = place.text("results/bits/results.csv");
  const Outcome second = place.run("bits.yaml");
  CHECK(second.code == 0);
  CHECK(second.out == first.out);
  CHECK(place.trials_started() == 4);
  CHECK(place.text("results/bits/results.csv") == csv);
}

TEST_CASE("results.csv is the same however many workers made it", "[app]") {
  const Workplace one;
  const Workplace two;
  one.run("bits.yaml -j 1");
  two.run("bits.yaml -j 3");
  CHECK(one.text("results/bits/results.csv").size() > 500);
  CHECK(one.text("results/bits/results.csv") == two.text("results/bits/results.csv"));
}

TEST_CASE("an edited file keeps what stayed the same", "[app]") {
  const Workplace place;
  place.run("bits.yaml");
  std::string edited = kBitsFile;
  edited.replace(edited.find("[8, 4, 2]"), 9, "[8, 4, 3, 6]");
  place.write("bits.yaml", edited);
  const Outcome run = place.run("bits.yaml");
  CHECK(run.code == 0);
  CHECK_THAT(run.err, ContainsSubstring("3 kept, 2 new, 1 gone\n"));
  CHECK(place.trials_started() == 6);
}

TEST_CASE("a part of the matrix runs with the float rows that it needs", "[app]") {
  const Workplace place;
  CHECK(place.run("bits.yaml --only 'w<=4' --skip w=2").code == 0);
  CHECK(place.trials_started() == 2);
  CHECK_THAT(place.run("status results/bits").out,
             ContainsSubstring(" 2 done, 0 failed, 2 pending"));
  CHECK(place.run("bits.yaml").code == 0);
  CHECK(place.trials_started() == 4);
}

TEST_CASE("what was killed is tried again, what failed only when asked", "[app]") {
  const Workplace place;
  CHECK(place.run("bits.yaml", R"({"4": "kill", "2": "fail"})").code == 1);
  CHECK(place.run("bits.yaml").code == 1);
  CHECK(place.trials_started() == 5);  // w=4 again
  CHECK(place.run("bits.yaml --failed").code == 0);
  CHECK(place.trials_started() == 6);
  CHECK(place.run("bits.yaml").code == 0);
}

}  // namespace qsweep
