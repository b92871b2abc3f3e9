#include <filesystem>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {

using test::kBitsFile;
using test::Outcome;
using test::Workplace;

// At 8, 4 and 2 bits the made-up worker loses 5, 10 and 20 points.

TEST_CASE("3: a row breaks a gate of the command line", "[app]") {
  const Workplace place;
  const Outcome run =
      place.run("bits.yaml --gate 'top1 drop <= 15 where w<=4' --gate 'top1 drop<=5 where w=8'");
  CHECK(run.code == 3);
  CHECK_THAT(run.err,
             ContainsSubstring("\ngate: residual all w=2: top1 fell by 20.00, at most 15.00 is "
                               "allowed\n"));
  CHECK(run.err.find("w=8: top1") == std::string::npos);
  CHECK(place.run("bits.yaml --gate 'top1 drop <= 20'").code == 0);
  CHECK(place.run("bits.yaml --gate 'loss rise <= 19.5'").code == 3);
}

TEST_CASE("4: a gate that has nothing to check is no pass", "[app]") {
  const Workplace place;
  const Outcome none = place.run("bits.yaml --gate 'top1 drop <= 20 where w=3,policy=all'");
  CHECK(none.code == 4);
  CHECK_THAT(none.err,
             ContainsSubstring("\ngate: top1 drop <= 20 where w=3,policy=all: nothing to check: it "
                               "matches no row\n"));
  const Workplace other;
  other.write("bits.yaml",
              kBitsFile + "gates: [{metric: top1, vs: float, max_drop: 8, where: {w: 8}}]\n");
  const Outcome part = other.run("bits.yaml --only w=4");
  CHECK(part.code == 4);
  CHECK_THAT(part.err,
             ContainsSubstring("\ngate: top1 drop <= 8 where w=8: nothing to check: none of its 1 "
                               "rows has a result\n"));
  CHECK(other.run("bits.yaml --only w=8").code == 0);
}

TEST_CASE("1 and 3 count before a gate with nothing to check", "[app]") {
  const Workplace place;
  const std::string gates = "bits.yaml --gate 'top1 drop <= 8' --gate 'top1 drop <= 8 where w=3'";
  CHECK(place.run(gates).code == 3);
  const Workplace other;
  CHECK(other.run(gates, R"({"2": "fail"})").code == 1);
}

TEST_CASE("a gate that checks a part of its rows says so", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml --only w=8 --gate 'top1 drop <= 8'");
  CHECK(run.code == 0);
  CHECK_THAT(run.err, ContainsSubstring("\ngate: top1 drop <= 8: 1 of 3 rows were checked\n"));
}

TEST_CASE("a gate compares with a CSV or a run that was kept", "[app]") {
  const Workplace place;
  place.run("bits.yaml -o old");
  place.write("base.csv", place.text("old/results.csv"));
  const std::string fake = R"({"float": "lose 1", "8": "lose 30"})";
  const Outcome run = place.run("bits.yaml -o new --gate 'top1 drop <= 0.5 vs base.csv'", fake);
  CHECK(run.code == 3);
  CHECK_THAT(run.err,
             ContainsSubstring("\ngate: residual all w=8: top1 fell by 3.00 against base.csv, at "
                               "most 0.50 is allowed\n"));
  const Outcome report =
      place.run("report new --gate 'top1 drop <= 0 vs ./old where policy=float'");
  CHECK(report.code == 3);
  CHECK(report.err ==
        "gate: residual float: top1 fell by 0.10 against ./old, at most 0.00 is allowed\n");
  CHECK(place.run("report old new --gate 'top1 drop <= 3 vs ./old'").code == 0);
}

TEST_CASE("a baseline of the file is found from the file; without it there is no pass", "[app]") {
  const Workplace place;
  place.write("bits.yaml", kBitsFile + "gates: [{metric: top1, vs: kept/base.csv, max_drop: 0}]\n");
  const Outcome first = place.run("bits.yaml");
  CHECK(first.code == 4);
  CHECK_THAT(first.err,
             ContainsSubstring("nothing to check: there is no " + place.path("kept/base.csv")));
  std::filesystem::create_directories(place.path("kept"));
  place.write("kept/base.csv", place.text("results/bits/results.csv"));
  CHECK(place.run("bits.yaml").code == 0);
  CHECK_THAT(place.text("results/bits/experiment.yaml"),
             ContainsSubstring("vs: " + place.path("kept/base.csv")));
}

TEST_CASE("2: a gate that cannot be read is refused before anything runs", "[app]") {
  const Workplace place;
  const auto error_of = [&](const std::string& gate) {
    const Outcome run = place.run("bits.yaml --gate '" + gate + "'");
    CHECK(run.code == 2);
    return run.err;
  };
  CHECK(error_of("top1 < 5") ==
        "qsweep: error: --gate 'top1 < 5': must be like 'top1 drop <= 0.5 where w=8' or 'loss rise "
        "<= 0.1 vs base.csv'\n");
  CHECK(error_of("top2 drop <= 5") ==
        "qsweep: error: --gate 'top2 drop <= 5': unknown metric 'top2'; did you mean 'top1'?\n");
  CHECK(error_of("loss drop <= 5") ==
        "qsweep: error: --gate 'loss drop <= 5': the loss is worse when it rises, all others when "
        "they drop\n");
  CHECK(
      error_of("top1 drop <= -1") ==
      "qsweep: error: --gate 'top1 drop <= -1': what is allowed must be 0 to 1000000, got '-1'\n");
  CHECK(error_of("top1 drop <= 1 where wx=4") ==
        "qsweep: error: --gate 'wx=4': unknown name 'wx'; did you mean 'w'?\n");
  CHECK(error_of("top1 drop <= 1 vs flaot") ==
        "qsweep: error: --gate 'top1 drop <= 1 vs flaot': 'vs' must be float, or the path of a "
        "run's folder or of a results.csv, with a '/' or .csv; got 'flaot'\n");
  place.write("base.csv", "a,b\n1,2\n");
  CHECK(error_of("top1 drop <= 1 vs base.csv") ==
        "qsweep: error: base.csv: has no column 'trial'; it must be a results.csv\n");
  CHECK(place.trials_started() == 0);
}

TEST_CASE("report refuses a gate that cannot be read before it prints anything", "[app]") {
  const Workplace place;
  place.run("bits.yaml");
  const Outcome report = place.run("report results/bits --gate 'top1 falls'");
  CHECK(report.code == 2);
  CHECK(report.out.empty());
  CHECK_THAT(report.err, ContainsSubstring("--gate 'top1 falls': must be like "));
}

}  // namespace qsweep
