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
  CHECK(none.err.rfind("--gate 'top1 drop <= 20 where w=3,policy=all': warning: this gate matches "
                       "no row\n",
                       0) == 0);
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
  CHECK(error_of("top1 drop <= 1 where w=8 vs base.csv") ==
        "qsweep: error: --gate 'top1 drop <= 1 where w=8 vs base.csv': 'where' stands last: 'top1 "
        "drop <= 0.5 vs base.csv where w=8'\n");
  CHECK(error_of("top1 drop <= 1 where wx=4") ==
        "qsweep: error: --gate 'top1 drop <= 1 where wx=4', where 'wx=4': unknown name 'wx'; did "
        "you mean 'w'?\n");
  CHECK(error_of("top1 drop <= 1 vs flaot") ==
        "qsweep: error: --gate 'top1 drop <= 1 vs flaot': 'vs' must be float, or the path of a "
        "run's folder or of a results.csv, with a '/' or .csv; got 'flaot'\n");
  place.write("base.csv", "a,b\n1,2\n");
  CHECK(error_of("top1 drop <= 1 vs base.csv") ==
        "qsweep: error: base.csv: has no column 'trial'; it must be a results.csv\n");
  CHECK(place.trials_started() == 0);
}

TEST_CASE("a gate on timings has evaluations timed so often, and compares the medians", "[app]") {
  const Workplace place;
  const std::string gate = " --gate 'images_per_s drop <= 10% vs ./old repeats 5'";
  CHECK(place.run("bits.yaml -o plain").code == 0);
  const Outcome first = place.run("bits.yaml -o old" + gate);
  CHECK(first.code == 4);  // no pass, but from now on a baseline
  CHECK_THAT(first.err,
             ContainsSubstring("\ngate: images_per_s drop <= 10% vs ./old repeats 5: nothing to "
                               "check: there is no ./old\n"));
  CHECK_THAT(place.text("old/timings.csv"), ContainsSubstring(",synthetic,"));
  CHECK_THAT(place.text("old/timings.csv"), ContainsSubstring(",1000.0,5,,fake\n"));
  CHECK_THAT(place.text("plain/timings.csv"), ContainsSubstring(",1000.0,,,fake\n"));
  CHECK(place.text("old/results.csv") == place.text("plain/results.csv"));

  const Outcome same = place.run("bits.yaml -o same" + gate, R"({"8": "slow 11"})");
  CHECK(same.code == 0);  // 1000 / 1.11 are 9.91 % less
  const Outcome slower = place.run("bits.yaml -o new" + gate, R"({"8": "slow 25"})");
  CHECK(slower.code == 3);
  CHECK_THAT(slower.err,
             ContainsSubstring("\ngate: residual all w=8: images_per_s fell by 20.00% against "
                               "./old, at most 10.00% is allowed\n"));
  CHECK(place.text("new/results.csv") == place.text("plain/results.csv"));
  const std::string kept = "report new --gate 'images_per_s drop <= 20% vs old/timings.csv ";
  CHECK(place.run(kept + "repeats 5'").code == 0);
  CHECK(place.run(kept + "repeats 5 where w=4'").code == 0);
  CHECK(place.run(kept + "repeats 6'").code == 4);
}

TEST_CASE("what was not timed so often is no pass, on either side", "[app]") {
  const Workplace place;
  place.run("bits.yaml -o plain");
  const std::string gate = " --gate 'images_per_s drop <= 10% vs ./plain repeats 3'";
  const Outcome late = place.run("bits.yaml -o plain" + gate);
  CHECK(late.code == 4);
  CHECK_THAT(late.err,
             ContainsSubstring("nothing to check: none of its 4 rows was timed 3 times; what has a "
                               "result is not timed again: give another --out\n"));
  const Outcome other = place.run("bits.yaml -o timed" + gate);
  CHECK(other.code == 4);
  CHECK_THAT(other.err,
             ContainsSubstring("nothing to check: none of its 4 rows has one to compare with that "
                               "was timed 3 times\n"));
}

TEST_CASE("a gate of the file on timings, against float", "[app]") {
  const Workplace place;
  place.write("bits.yaml",
              kBitsFile +
                  "gates: [{metric: images_per_s, vs: float, max_drop: 50%, repeats: 7, where: {w: "
                  "[8, 4]}}]\n");
  const Outcome run = place.run("bits.yaml", R"({"8": "slow 50", "4": "slow 300"})");
  CHECK(run.code == 3);
  CHECK_THAT(run.err,
             ContainsSubstring("\ngate: residual all w=4: images_per_s fell by 75.00% against "
                               "float, at most 50.00% is allowed\n"));
  CHECK(run.err.find("w=8: images_per_s") == std::string::npos);
  const std::string timings = place.text("results/bits/timings.csv");
  CHECK_THAT(timings, ContainsSubstring(",float,,synthetic,"));
  CHECK_THAT(timings, ContainsSubstring(",1000.0,7,"));  // the float row, which is compared with
  CHECK_THAT(timings, ContainsSubstring(",1000.0,,"));   // 2 bits, of which no gate speaks
  CHECK_THAT(place.text("results/bits/experiment.yaml"), ContainsSubstring("50%"));
}

TEST_CASE("2: a gate on timings without repeats or without a part is refused", "[app]") {
  const Workplace place;
  const auto error_of = [&](const std::string& gate) {
    const Outcome run = place.run("bits.yaml --gate '" + gate + "'");
    CHECK(run.code == 2);
    return run.err;
  };
  const std::string none = "images_per_s drop <= 10%";
  CHECK(error_of(none) == "qsweep: error: --gate '" + none +
                              "': images_per_s needs 'repeats', 3 to 1000: how often the "
                              "evaluation is timed; got ''\n");
  CHECK_THAT(error_of(none + " repeats 2"), ContainsSubstring("3 to 1000: how often"));
  CHECK_THAT(error_of(none + " repeats 3.5 where w=8"), ContainsSubstring("got '3.5'"));
  CHECK_THAT(error_of("images_per_s drop <= 10 repeats 5"),
             ContainsSubstring("': what images_per_s may drop is a part of what it compares with, "
                               "like 10%, from 0% to below 100%; got '10'\n"));
  CHECK_THAT(error_of("images_per_s drop <= 100% repeats 5"), ContainsSubstring("got '100%'"));
  CHECK_THAT(error_of("top1 drop <= 1 repeats 5"),
             ContainsSubstring("': 'repeats' is for timings; top1 is the same every time\n"));
  place.write("base.csv", place.run("bits.yaml -o run --format csv").out);
  CHECK_THAT(error_of(none + " vs base.csv repeats 5"),
             ContainsSubstring("base.csv: has no column 'images_per_s', which a gate compares\n"));
}

TEST_CASE("report refuses a gate that cannot be read before it looks at any run", "[app]") {
  const Workplace place;
  const Outcome report = place.run("report results/none --gate 'top1 falls'");
  CHECK(report.code == 2);
  CHECK(report.out.empty());
  CHECK_THAT(report.err, ContainsSubstring("--gate 'top1 falls': must be like "));
  place.run("bits.yaml");
  const Outcome names = place.run("report results/bits --gate 'top1 drop <= 1 where wx=8'");
  CHECK(names.code == 2);
  CHECK(names.out.empty());
}

}  // namespace qsweep
