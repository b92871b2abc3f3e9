#include "qsweep/core/json.hpp"

#include <filesystem>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::kBitsFile;
using test::Outcome;
using test::Workplace;

/// A base of four rows, and a new run in which the worker does as it is told.
void run_both(const Workplace& place, const std::string& fake) {
  REQUIRE(place.run("bits.yaml -o base").code == 0);
  place.run("bits.yaml -o new", fake);
}

}  // namespace

TEST_CASE("a run compared with itself is the same in every row", "[app]") {
  const Workplace place;
  run_both(place, "{}");
  const Outcome compare = place.run("compare base new");
  CHECK(compare.code == 0);
  CHECK(compare.err.empty());
  CHECK_THAT(compare.out,
             ContainsSubstring(
                 "| residual | all    | 2   | 70.00 | 70.00 |  +0.00 | +0.00 to +0.00 |   1 |"));
  CHECK_THAT(compare.out,
             ContainsSubstring("\n4 rows: 4 same, 0 better, 0 worse, 0 unsure\n"
                               "top-1 in percent, on 1000 images paired one by one; p of "
                               "McNemar's exact test, corrected by Holm for 4 rows\n"));
}

TEST_CASE("3: compare finds a row that is worse, and says how sure it is", "[app]") {
  const Workplace place;
  run_both(place, R"({"8": "lose 30", "4": "lose -12", "2": "lose 3"})");
  const Outcome compare = place.run("compare base new --format csv");
  CHECK(compare.code == 3);
  // 30 lost: p = 2 / 2^30, four tests; 12 won: 2 / 2^12, three tests; 3 lost: 2 / 2^3, two tests.
  CHECK_THAT(compare.out,
             ContainsSubstring(",8,synthetic,1000,85.00,82.00,-3.00,-4.06,-1.94,0,30,1.86265e-09,"
                               "7.45058e-09,worse,\n"));
  CHECK_THAT(compare.out,
             ContainsSubstring(",4,synthetic,1000,80.00,81.20,1.20,0.53,1.87,12,0,0.000488281,"
                               "0.00146484,better,\n"));
  CHECK_THAT(compare.out,
             ContainsSubstring(",2,synthetic,1000,70.00,69.70,-0.30,-0.64,0.04,0,3,0.25,0.5,"
                               "unsure,\n"));
  CHECK(place.run("compare new base").code == 3);  // 12 images fewer
}

TEST_CASE("compare tells rows that are new or missing, and ends well", "[app]") {
  const Workplace place;
  run_both(place, "{}");
  std::string edited = kBitsFile;
  edited.replace(edited.find("[8, 4, 2]"), 9, "[8, 4, 3]");
  place.write("bits.yaml", edited);
  place.run("bits.yaml -o new");
  const Outcome compare = place.run("compare base new --format json");
  CHECK(compare.code == 0);
  const Json json = Json::parse(compare.out);
  CHECK(json.at("counts").at("same") == 3);
  CHECK(json.at("counts").at("new") == 1);
  CHECK(json.at("counts").at("missing") == 1);
  CHECK(json.at("rows").at(3).at("variables").at("w") == "3");
  CHECK(json.at("rows").at(4).at("top1_base") == 70.0);
}

TEST_CASE("1: compare meets a trial that failed", "[app]") {
  const Workplace place;
  run_both(place, R"({"8": "lose 30", "2": "fail"})");
  const Outcome compare = place.run("compare base new");
  CHECK(compare.code == 1);
  CHECK_THAT(compare.out, ContainsSubstring("1 worse, 0 unsure, 1 failed\n"));
  CHECK_THAT(compare.out, ContainsSubstring("\nresidual all w=2: a made-up reason\n"));
}

TEST_CASE("4: there is nothing to compare with", "[app]") {
  const Workplace place;
  place.run("bits.yaml -o new");
  const Outcome first = place.run("compare base new");
  CHECK(first.code == 4);
  CHECK(first.err == "qsweep: error: nothing to compare with: no run in base\n");
  CHECK(first.out.empty());
  place.run("bits.yaml -o base --limit 10 --only w=3");  // a plan without results
  const Outcome empty = place.run("compare base new");
  CHECK(empty.code == 4);
  CHECK(empty.err == "qsweep: error: nothing to compare: no row has a result in both runs\n");
  CHECK(place.run("compare new none").code == 2);
  CHECK(place.run("compare new").code == 2);
}

TEST_CASE("2: a CSV cannot be compared with, image by image", "[app]") {
  const Workplace place;
  REQUIRE(place.run("bits.yaml -q").code == 0);
  const Outcome compared = place.run("compare results/bits/results.csv results/bits");
  CHECK(compared.code == 2);
  CHECK(compared.err ==
        "qsweep: error: results/bits/results.csv is a file, and runs are compared image by image: "
        "give the run's folder; --gate 'top1 drop <= 0.5 vs results/bits/results.csv' takes a "
        "CSV\n");
}

TEST_CASE("compare does not pair what was evaluated on other images", "[app]") {
  const Workplace place;
  run_both(place, "{}");
  place.run("bits.yaml -o few --limit 50");
  const Outcome compare = place.run("compare base few");
  CHECK(compare.code == 0);
  CHECK_THAT(compare.out, ContainsSubstring("\n4 rows: 0 same, 0 better, 0 worse, 4 unsure\n"));
  CHECK_THAT(compare.out,
             ContainsSubstring("\nresidual all w=4: not paired: other images are evaluated: the "
                               "data, or what is drawn from them, differ\n"));
  CHECK_THAT(place.run("compare few few").out,
             ContainsSubstring("on 1000 images (limited by evaluate.limit) paired one by one"));
}

}  // namespace qsweep
