#include "qsweep/core/json.hpp"
#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/run_folder.hpp"

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {

using test::Outcome;
using test::Workplace;

TEST_CASE("--timeout ends a trial that takes too long, and the others go on", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml -j 1 --timeout 0.5s", R"({"4": "sleep"})");
  CHECK(run.code == 1);
  CHECK_THAT(run.err,
             ContainsSubstring("residual all w=4  failed: took longer than --timeout, 0.5 s\n"));
  CHECK_THAT(place.text("results/bits/results.csv"), ContainsSubstring(",timed out\n"));
  const Json status = Json::parse(place.run("status results/bits --format json").out);
  CHECK(status.at("done") == 3);
  CHECK(status.at("failures").at(0).at("kind") == "timeout");
  CHECK(place.run("bits.yaml").code == 0);  // it may have been bad luck
  CHECK_THAT(place.run("status results/bits").out,
             ContainsSubstring(" residual all w=4: done after 1 failed attempt\n"));
}

TEST_CASE("--retries tries again what may have been bad luck", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml -j 1 --retries 2", R"({"4": "once"})");
  CHECK(run.code == 0);
  CHECK_THAT(run.err,
             ContainsSubstring("residual all w=4  failed: worker was killed by signal 9 (SIGKILL); "
                               "it is tried again\n"));
  CHECK(place.trials_started() == 5);
  const Workplace undisturbed;
  undisturbed.run("bits.yaml");
  CHECK(place.text("results/bits/results.csv") == undisturbed.text("results/bits/results.csv"));
}

TEST_CASE("--retries gives up in the end, and status says after how many attempts", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml --retries 2", R"({"4": "kill", "2": "fail"})");
  CHECK(run.code == 1);
  CHECK_THAT(run.err,
             ContainsSubstring(" residual all w=4  failed: worker was killed by signal 9 "
                               "(SIGKILL)\n"));  // its seconds are not known
  CHECK(place.trials_started() == 6);            // w=4 three times, w=2 once
  CHECK_THAT(place.run("status results/bits").out,
             ContainsSubstring(" residual all w=4: worker was killed by signal 9 (SIGKILL) "
                               "(3 failed attempts)\n"));
}

TEST_CASE("a record that a kill cut off does not count, and its trial is tried again", "[app]") {
  const Workplace place;
  CHECK(place.run("bits.yaml -j 1", R"({"4": "tear"})").code == 1);
  CHECK(place.run("bits.yaml -j 1").code == 0);
  CHECK(place.trials_started() == 5);
  CHECK_THAT(
      place.run("status results/bits").out,
      ContainsSubstring("1 line of the journal was cut off or damaged and does not count\n"));
}

TEST_CASE("no more workers run than have room, as far as the run tells what one takes", "[app]") {
  const Workplace place;
  place.run("bits.yaml --only w=8");
  Record killed;
  killed.trial = load_plan(place.path("results/bits")).trials.at(2).id;
  killed.failed = true;
  killed.error_kind = "signal";
  killed.peak_memory = 9'000'000'000'000'000;
  JournalWriter(journal_path(place.path("results/bits"), "w1")).append(killed);
  const Outcome run = place.run("bits.yaml -j 2");
  CHECK(run.code == 0);
  CHECK_THAT(run.err,
             ContainsSubstring("no more than 1 worker: one took up to 9000000.0 GB of "
                               "the "));
}

TEST_CASE("75: the budget is spent; the same command goes on", "[app]") {
  const Workplace place;
  const Outcome run = place.run("bits.yaml -j 1 --budget 0.001s");
  CHECK(run.code == 75);
  CHECK_THAT(run.err, ContainsSubstring("the budget is spent; the same command goes on\n"));
  CHECK_THAT(place.run("status results/bits").out,
             ContainsSubstring(": 1 done, 0 failed, 3 pending"));
  CHECK(place.run("bits.yaml --budget 1h").code == 0);
}

TEST_CASE("a length of time that is none is told", "[app]") {
  const Workplace place;
  for (const char* text : {"10 min", "0", "-5s", "1h30m", "s", "1.2.3", "20000d"}) {
    const Outcome run = place.run("bits.yaml --timeout='" + std::string(text) + "'");
    CHECK(run.code == 2);
    CHECK(run.err == "qsweep: error: --timeout: must be like 90s, 10m, 1.5h or 2d, got '" +
                         std::string(text) + "'; see `qsweep run --help`\n");
  }
  CHECK(place.run("bits.yaml --timeout 30 --budget 1.5h").code == 0);
}

}  // namespace qsweep
