#include "qsweep/core/json.hpp"
#include "qsweep/engine/run_lock.hpp"
#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/run_folder.hpp"

#include <future>
#include <optional>
#include <thread>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::Outcome;
using test::Workplace;

// The trial of so many bits.
std::string trial_of(const Workplace& place, const std::string& bits) {
  const FrozenPlan plan = load_plan(place.path("results/bits"));
  for (const Row& row : plan.rows) {
    if (row.values.at(0) == bits) {
      return plan.trial_of(row).id;
    }
  }
  return "none";
}

bool begins_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

}  // namespace

TEST_CASE("show tells everything about one trial", "[app]") {
  const Workplace place;
  place.run("bits.yaml -j 1 --retries 1", R"({"4": "once"})");
  const std::string id = trial_of(place, "4");
  const Outcome shown = place.run("show results/bits " + id);
  CHECK(shown.code == 0);
  CHECK(begins_with(shown.out, id + " of bits: done\nrow: residual all w=4\nfloat trial: "));
  CHECK_THAT(shown.out, ContainsSubstring("\nresults\n"));
  CHECK_THAT(shown.out, ContainsSubstring("  top1         80.00\n"));
  CHECK_THAT(shown.out,
             ContainsSubstring("Z  failed (signal): worker was killed by signal 9 (SIGKILL), "));
  CHECK_THAT(shown.out, ContainsSubstring("Z  done, evaluate 0.0"));
  CHECK_THAT(shown.out, ContainsSubstring(", on fake\n"));
  CHECK_THAT(shown.out, ContainsSubstring("  all:1  3 sites  {\"bits\":4,"));
  CHECK_THAT(shown.out, ContainsSubstring("\nlog\n  about to once\n"));
  CHECK_THAT(shown.out, ContainsSubstring("  results/bits/trials/" + id + "/log\n"));
}

TEST_CASE("show tells it as JSON, too; a trial that has not run has no results", "[app]") {
  const Workplace place;
  place.run("bits.yaml --only w=8");
  const Json done =
      Json::parse(place.run("show results/bits " + trial_of(place, "8") + " --format json").out);
  CHECK(done.at("status") == "done");
  CHECK(done.at("rows") == Json{"residual all w=8"});
  CHECK(done.at("results").at("top1") == 85);
  CHECK(done.at("attempts").size() == 1);
  CHECK(done.at("settings").at("evaluate_batch") == 100);
  CHECK_FALSE(done.at("settings").contains("calibrate"));  // of weights alone
  CHECK(done.at("key").contains("model"));
  CHECK(done.at("groups").at(0).at("quantizer").at("bits") == 8);
  const Json pending =
      Json::parse(place.run("show results/bits " + trial_of(place, "4") + " --format json").out);
  CHECK(pending.at("status") == "pending");
  CHECK(pending.at("attempts").empty());
  CHECK(pending.at("log").is_null());
}

TEST_CASE("the beginning of an id is enough, and what is wrong with one is told", "[app]") {
  const Workplace place;
  place.run("bits.yaml");
  const std::string id = trial_of(place, "4");
  CHECK(place.run("show results/bits " + id.substr(0, 10)).out ==
        place.run("show results/bits " + id).out);
  const Outcome none = place.run("show results/bits xyz");
  CHECK(none.code == 2);
  CHECK(none.err ==
        "qsweep: error: no trial of bits begins with 'xyz'; the column 'trial' of results.csv has "
        "them\n");
  std::string misspelt = id;
  misspelt[15] = misspelt[15] == '0' ? '1' : '0';
  CHECK(place.run("show results/bits " + misspelt).err ==
        "qsweep: error: no trial of bits begins with '" + misspelt + "'; did you mean '" + id +
            "'?\n");
}

TEST_CASE("status -f tells what is new until nobody runs the run", "[app]") {
  const Workplace place;
  place.run("bits.yaml --only w=8");
  const std::string run = place.path("results/bits");
  std::optional<RunLock> lock(run);
  auto followed =
      std::async(std::launch::async, [&] { return place.run("status -f results/bits"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  Record failed;
  failed.trial = trial_of(place, "4");
  failed.failed = true;
  failed.error = failed.error_text = "too bad";
  JournalWriter(journal_path(run, "w9")).append(failed);
  std::this_thread::sleep_for(std::chrono::milliseconds(800));
  lock.reset();
  const Outcome outcome = followed.get();
  CHECK(outcome.code == 0);
  CHECK(begins_with(outcome.out,
                    "bits: 4 trials for 4 rows: 2 done, 0 failed, 2 pending\nrunning: process "));
  CHECK_THAT(
      outcome.out,
      ContainsSubstring("\nbits: 4 trials for 4 rows: 2 done, 1 failed, 1 pending\nfailed: " +
                        failed.trial + " residual all w=4: too bad\n"));
}

TEST_CASE("status -f of a run that nobody runs is one status", "[app]") {
  const Workplace place;
  place.run("bits.yaml");
  CHECK(place.run("status -f results/bits").out == place.run("status results/bits").out);
  const std::string line = place.run("status results/bits -f --format json").out;
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  CHECK(Json::parse(line).at("done") == 4);
}

}  // namespace qsweep
