#include "qsweep/engine/run_lock.hpp"

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {

using test::kBitsFile;
using test::Outcome;
using test::Workplace;

TEST_CASE("1: a trial failed", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml", R"({"4": "fail"})");
  CHECK(run.code == 1);
  CHECK_THAT(run.out, ContainsSubstring("failed: residual all w=4: /data/x: a made-up reason\n"));
  CHECK_THAT(place.text("results/bits/results.csv"), ContainsSubstring(",a made-up reason\n"));
  CHECK(place.run("bits.yaml").code == 1);
  CHECK(place.run("bits.yaml --only w=8").code == 0);
}

TEST_CASE("2: the command line is wrong", "[app]") {
  const Workplace place;
  const auto error_of = [&](const std::string& arguments) {
    const Outcome run = place.run(arguments);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    return run.err;
  };
  CHECK(error_of("bits.yml") ==
        "bits.yml: error: cannot read the file: No such file or directory; did you mean "
        "'bits.yaml'?\n");
  CHECK(error_of("staus results/bits") ==
        "qsweep: error: unknown command 'staus'; did you mean 'status'?\n");
  CHECK(error_of("bits.yaml --only wx=4") ==
        "qsweep: error: --only 'wx=4': unknown name 'wx'; did you mean 'w'?\n");
  CHECK(error_of("bits.yaml --device tpu") ==
        "qsweep: error: --device: must be cpu or like cuda:0 or cuda:0,1, got 'tpu'; see `qsweep "
        "run --help`\n");
  CHECK(error_of("bits.yaml --nonsense") ==
        "qsweep: error: unknown option '--nonsense'; see `qsweep run --help`\n");
  CHECK(error_of("--versoin") ==
        "qsweep: error: unknown option '--versoin'; did you mean '--version'?\n");
  CHECK(error_of("plan --formt json") ==
        "qsweep: error: unknown option '--formt'; did you mean '--format'?\n");
  CHECK(error_of("report --colums=bits results/bits") ==
        "qsweep: error: unknown option '--colums'; did you mean '--columns'?\n");
  CHECK(error_of("bits.yaml --keep-goin 3 more") ==
        "qsweep: error: unknown option '--keep-goin'; see `qsweep run --help`\n");
  CHECK(error_of("status results/bits another third") ==
        "qsweep: error: unexpected argument 'another'; see `qsweep status --help`\n");
  CHECK(error_of("list quantizer") ==
        "qsweep: error: kind: unknown value 'quantizer'; did you mean 'quantizers'?\n");
  CHECK(error_of("bits.yaml --progress dots") ==
        "qsweep: error: --progress: unknown value 'dots'; known are auto, bar, plain, none\n");
  CHECK(error_of("plan") == "qsweep: error: file is required; see `qsweep plan --help`\n");
  CHECK_THAT(error_of("status results/none"),
             ContainsSubstring("results/none: no run in this folder: "));
  CHECK(place.trials_started() == 0);
}

TEST_CASE("2: the file is wrong, which is told with line and caret", "[app]") {
  const Workplace place;
  place.write("x.yaml", kBitsFile + "evaluate: {bacth: 10}\n");
  const Outcome run = place.run("x.yaml");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, ContainsSubstring("x.yaml:11:12: error: "));
  CHECK_THAT(run.err, ContainsSubstring("did you mean 'batch'?\n"));
  CHECK_THAT(run.err, ContainsSubstring("\n           ^\n"));
}

TEST_CASE("threads and device are free until something was computed with them", "[app]") {
  const Workplace place;
  CHECK(place.run("bits.yaml --threads 2 --only w=3").code == 4);
  CHECK(place.run("bits.yaml --threads 1").code == 0);
  CHECK(place.run("bits.yaml --threads 2").code == 2);
}

TEST_CASE("2: threads and device are frozen with a run", "[app]") {
  const Workplace place;
  CHECK(place.run("bits.yaml --threads 2").code == 0);
  const Outcome run = place.run("bits.yaml --threads 1");
  CHECK(run.code == 2);
  CHECK(run.err ==
        "qsweep: error: results/bits: this run was started with --threads 2, on which its numbers "
        "depend; got --threads 1; give another --out\n");
  CHECK(place.run("bits.yaml --device cuda:0").code == 2);
  CHECK(place.run("bits.yaml").code == 0);
}

TEST_CASE("3: a gate does not hold; a failed trial counts before it", "[app]") {
  const Workplace place;
  place.write("bits.yaml",
              kBitsFile + "gates: [{metric: top1, max_drop: 8, where: {w: [8, 4]}}]\n");
  const Outcome run = place.run("bits.yaml");
  CHECK(run.code == 3);
  CHECK_THAT(
      run.err,
      ContainsSubstring("gate: residual all w=4: top1 fell by 10.00, at most 8.00 is allowed\n"));
  const Workplace other;
  other.write("bits.yaml", place.text("bits.yaml"));
  CHECK(other.run("bits.yaml", R"({"2": "fail"})").code == 1);
}

TEST_CASE("4: nothing was selected", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml --only w=3");
  CHECK(run.code == 4);
  CHECK(run.err == "qsweep: error: nothing was selected: no row has w=3; w is 8, 4, 2\n");
  CHECK(place.run("bits.yaml --only w=4 --skip w=4").err ==
        "qsweep: error: nothing was selected: --skip leaves nothing\n");
  place.run("bits.yaml");
  const Outcome failed = place.run("bits.yaml --failed");
  CHECK(failed.code == 4);
  CHECK(failed.err == "qsweep: error: nothing was selected: no such trial has failed\n");
}

TEST_CASE("5: a defect; what is done stays done", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml -j 1", R"({"4": "mute"})");
  CHECK(run.code == 5);
  CHECK_THAT(run.err,
             ContainsSubstring("qsweep: error: a defect of qsweep: worker w1 finished trial "));
  CHECK_THAT(place.run("status results/bits").out, ContainsSubstring(": 2 done, 0 failed"));
  CHECK(place.run("bits.yaml").code == 0);
}

TEST_CASE("74: the disk is full; what is done stays done", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml -j 1", R"({"4": "full"})");
  CHECK(run.code == 74);
  CHECK_THAT(run.err,
             ContainsSubstring("qsweep: error: journal: cannot be written: No space left on "
                               "device; the results so far are intact\n"));
  CHECK_THAT(place.run("status results/bits").out, ContainsSubstring(": 2 done, 0 failed"));
  CHECK(place.run("bits.yaml").code == 0);
}

TEST_CASE("74: what is printed cannot be written", "[app]") {
  const Workplace place;
  REQUIRE(place.run("bits.yaml -q").code == 0);
  for (const char* command : {"report results/bits", "plan bits.yaml", "list models", "--help"}) {
    INFO(command);
    const Outcome full = place.run(std::string(command) + " >/dev/full");
    CHECK(full.code == 74);
    CHECK_THAT(full.err, ContainsSubstring("error: the standard output: cannot be written"));
  }
}

TEST_CASE("74: a file for JUnit that cannot be written is told before anything runs", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml --junit nowhere/x.xml");
  CHECK(run.code == 74);
  CHECK_THAT(run.err, ContainsSubstring("error: nowhere/x.xml: cannot be written: No such file"));
  CHECK(place.trials_started() == 0);
}

TEST_CASE("75: another process runs the run", "[app]") {
  const Workplace place;
  {
    const RunLock lock(place.path("results/bits"));
    const Outcome run = place.run("bits.yaml");
    CHECK(run.code == 75);
    CHECK_THAT(run.err, ContainsSubstring("results/bits: is being run by process "));
    CHECK(place.trials_started() == 0);
  }
  CHECK(place.run("bits.yaml").code == 0);
}

TEST_CASE("75: a worker was killed before there was anything to run", "[app]") {
  const Workplace place;
  for (const char* fake : {R"({"start": "kill catalog"})", R"({"start": "kill facts"})"}) {
    const Outcome run = place.run("bits.yaml", fake);
    CHECK(run.code == 75);
    CHECK_THAT(run.err, ContainsSubstring("(SIGKILL); the same command tries again\n"));
  }
  CHECK(place.run("bits.yaml").code == 0);
}

}  // namespace qsweep
