#include "qsweep/engine/selection.hpp"

#include "support/catch.hpp"

namespace qsweep {
namespace {

using Trials = std::vector<uint32_t>;

FrozenPlan plan() {
  FrozenPlan made;
  made.variables = {"w"};
  const std::vector<std::string> ids{"f", "8", "4", "2"};
  for (uint32_t i = 0; i < ids.size(); ++i) {
    FrozenTrial trial;
    trial.id = ids[i];
    trial.float_trial = "f";
    made.trials.push_back(trial);
    made.trial_numbers[ids[i]] = i;
    made.rows.push_back({i, "net", i == 0 ? "float" : "all", {i == 0 ? "" : ids[i]}, "synthetic"});
  }
  return made;
}

JournalEntry entry(const std::string& trial, const std::string& error_kind = "") {
  JournalEntry made;
  made.record.trial = trial;
  made.record.failed = !error_kind.empty();
  made.record.error_kind = error_kind;
  return made;
}

Results run(const std::vector<JournalEntry>& entries) {
  Journal journal;
  for (const JournalEntry& made : entries) {
    journal.add(made);
  }
  return {plan(), std::move(journal)};
}

SelectionOptions only(const std::string& expression) {
  SelectionOptions options;
  options.only = RowFilter("--only", {expression}, {"w"});
  return options;
}

}  // namespace

TEST_CASE("without options everything that has no result runs", "[engine]") {
  const Selection selection = select_trials(run({entry("f"), entry("4")}), {});
  CHECK(selection.trials == Trials{0, 1, 2, 3});
  CHECK(selection.to_run == Trials{1, 3});
}

TEST_CASE("the float trial that is needed comes along", "[engine]") {
  CHECK(select_trials(run({}), only("w=4")).to_run == Trials{0, 2});
  CHECK(select_trials(run({entry("f")}), only("w=4")).to_run == Trials{2});
  CHECK(select_trials(run({}), only("w=5")).trials.empty());
}

TEST_CASE("--skip leaves rows out, after --only", "[engine]") {
  SelectionOptions options = only("w>=4");
  options.skip = RowFilter("--skip", {"w=8"}, {"w"});
  CHECK(select_trials(run({}), options).trials == Trials{0, 2});
}

TEST_CASE("bad luck is tried again, a failure that would repeat is not", "[engine]") {
  const Results results =
      run({entry("f"), entry("8", "signal"), entry("4", "error"), entry("2", "memory")});
  CHECK(select_trials(results, {}).to_run == Trials{1, 3});
  CHECK(select_trials(results, {}).trials == Trials{0, 1, 2, 3});
  const Results others = run({entry("f"), entry("8", "nan"), entry("4", "io"), entry("2", "lost")});
  CHECK(select_trials(others, {}).to_run == Trials{3});
}

TEST_CASE("a trial that timed out is tried again", "[engine]") {
  CHECK(
      select_trials(run({entry("f"), entry("8", "timeout"), entry("4"), entry("2")}), {}).to_run ==
      Trials{1});
}

TEST_CASE("--failed tries every failure again and nothing else", "[engine]") {
  SelectionOptions options;
  options.failed = true;
  const Selection selection = select_trials(run({entry("f"), entry("4", "error")}), options);
  CHECK(selection.trials == Trials{0, 2});
  CHECK(selection.to_run == Trials{2});
  CHECK(select_trials(run({entry("f")}), options).trials.empty());
}

}  // namespace qsweep
