#include "qsweep/engine/sweep.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/journal/checkpoint_path.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>

#include "support/catch.hpp"
#include "support/environment.hpp"
#include "support/listed_plan.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

using test::Environment;
using test::ScratchFolder;

// Remembers what it was told.
class Witness : public SweepObserver {
 public:
  std::vector<std::string> order;
  std::map<std::string, Record> records;
  std::vector<Record> failed_attempts;
  std::vector<MemoryLimit> limits;
  std::vector<TrialStage> stages;
  int stopped_by = 0;
  int kill_after = 0;  // a signal for this process after so many trials started

  void started(const std::string& trial) override {
    order.push_back(trial);
    if (static_cast<int>(order.size()) == kill_after) {
      ::raise(SIGTERM);
    }
  }
  void stage(const std::string& /*trial*/, const TrialStage& stage) override {
    stages.push_back(stage);
  }
  void finished(const JournalEntry& entry) override { records[entry.record.trial] = entry.record; }
  void attempt_failed(const JournalEntry& entry) override {
    failed_attempts.push_back(entry.record);
  }
  void limited(const MemoryLimit& limit) override { limits.push_back(limit); }
  void stopping(int signal) override { stopped_by = signal; }
  void tick() override {}
};

// A frozen run of one model at 8, 4 and 2 bits.
class FakeRun {
 public:
  FakeRun() {
    plan_.add("f", "f", "net", "float", {""});
    for (const int bits : {8, 4, 2}) {
      plan_.add(std::to_string(bits), "f", "net", "all", {std::to_string(bits)});
      plan_.trials.back().groups = {{Json{{"bits", bits}}, {0}, "all:1"}};
    }
    freeze(folder_.path(), plan_, "", {});
  }

  /// What workers take where the plan expects so many bytes of each trial.
  WorkerMemory expecting(int64_t bytes) const {
    FrozenPlan plan = load_plan(folder_.path());
    for (FrozenTrial& trial : plan.trials) {
      trial.cost.memory = bytes;
    }
    return {plan, plan.trials, {}};
  }

  SweepEnd run(Witness& witness, int workers, SweepOptions options = {}) {
    options.program = QSWEEP_FAKE_WORKER;
    options.run_directory = folder_.path();
    options.cache_directory = folder_.path("cache");
    options.workers = workers;
    StopSignals signals;
    return run_sweep(
        options,
        TrialQueue(load_plan(folder_.path()).trials, [](const auto&) { return false; }),
        witness,
        signals);
  }
  std::string path(const std::string& name) const { return folder_.path(name); }
  Journal journal() const { return read_journal(folder_.path()); }

 private:
  ScratchFolder folder_;
  test::ListedPlan plan_;
};

}  // namespace

TEST_CASE("all trials run, the float trial before the others", "[engine]") {
  FakeRun run;
  Witness witness;
  const int workers = GENERATE(1, 2, 5);
  CHECK(run.run(witness, workers).signal == 0);
  REQUIRE(witness.order.size() == 4);
  CHECK(witness.order[0] == "f");
  REQUIRE(witness.records.size() == 4);
  CHECK(witness.records.at("4").final->top1 == 80);
  REQUIRE(witness.stages.size() == 4);
  CHECK(witness.stages[0].name == "finetune");
  CHECK(witness.stages[0].epochs == 2);
  CHECK(run.journal().entries.size() == 4);
}

TEST_CASE("a worker that is killed fails its trial, and another goes on", "[engine]") {
  const Environment fake("QSWEEP_FAKE", R"({"8": "kill"})");
  FakeRun run;
  Witness witness;
  run.run(witness, 1);
  CHECK(witness.records.at("8").failed);
  CHECK(witness.records.at("8").error == "worker was killed by signal 9 (SIGKILL)");
  CHECK(witness.records.at("8").error_kind == "signal");
  CHECK_FALSE(witness.records.at("4").failed);
  CHECK_FALSE(witness.records.at("2").failed);
  CHECK(run.journal().find("8")->failed);
  CHECK(test::read_text(run.path("trials/8/log")) == "about to kill\n");
}

TEST_CASE("a worker that ends by itself within a trial fails it", "[engine]") {
  const Environment fake("QSWEEP_FAKE", R"({"4": "exit3"})");
  FakeRun run;
  Witness witness;
  run.run(witness, 2);
  CHECK(witness.records.at("4").error == "worker ended with exit code 3");
  CHECK(witness.records.at("4").error_kind == "lost");
  CHECK_FALSE(witness.records.at("2").failed);
}

TEST_CASE("a trial that takes too long is ended, and another worker goes on", "[engine]") {
  using namespace std::chrono_literals;
  const Environment fake("QSWEEP_FAKE", R"({"8": "sleep"})");
  FakeRun run;
  Witness witness;
  SweepOptions options;
  options.timeout = 300ms;
  CHECK(run.run(witness, 1, options).signal == 0);
  const Record& ended = witness.records.at("8");
  CHECK(ended.failed);
  CHECK(ended.error_kind == "timeout");
  CHECK(ended.error == "timed out");
  CHECK(ended.error_text == "took longer than --timeout, 0.3 s");
  CHECK(ended.peak_memory > 1'000'000);
  CHECK_FALSE(witness.records.at("4").failed);
  CHECK_FALSE(witness.records.at("2").failed);
}

TEST_CASE("a trial that waits for another takes no time of its own", "[engine]") {
  using namespace std::chrono_literals;
  const Environment fake("QSWEEP_FAKE", R"({"8": "wait"})");
  FakeRun run;
  Witness witness;
  SweepOptions options;
  options.timeout = 300ms;
  CHECK(run.run(witness, 1, options).signal == 0);
  CHECK_FALSE(witness.records.at("8").failed);
}

TEST_CASE("bad luck is tried again as often as asked, behind the other trials", "[engine]") {
  const Environment fake("QSWEEP_FAKE", R"({"8": "kill", "4": "once", "2": "fail"})");
  FakeRun run;
  Witness witness;
  SweepOptions options;
  options.retries = 2;
  run.run(witness, 1, options);
  CHECK(witness.order == std::vector<std::string>{"f", "8", "4", "2", "8", "4", "8"});
  CHECK(witness.failed_attempts.size() == 3);
  CHECK(witness.records.size() == 4);
  CHECK(witness.records.at("8").failed);
  CHECK_FALSE(witness.records.at("4").failed);
  CHECK(witness.records.at("2").error_kind == "error");  // would come again
  const Journal journal = run.journal();
  CHECK(journal.failed_attempts_at("8") == 3);
  CHECK(journal.failed_attempts_at("4") == 1);
  CHECK(journal.failed_attempts_at("f") == 0);
}

TEST_CASE("what waits for a float trial starts once another attempt has a result", "[engine]") {
  const Environment fake("QSWEEP_FAKE", R"({"float": "once"})");
  FakeRun run;
  Witness witness;
  SweepOptions options;
  options.retries = 1;
  run.run(witness, 2, options);
  REQUIRE(witness.records.size() == 4);
  CHECK_FALSE(witness.records.at("2").failed);
}

TEST_CASE("no more workers start than have room", "[engine]") {
  FakeRun run;
  Witness witness;
  SweepOptions options;
  options.memory = 5'000;
  options.worker_memory = run.expecting(3'000);
  run.run(witness, 4, options);
  CHECK(witness.records.size() == 4);
  REQUIRE(witness.limits.size() == 1);
  CHECK(witness.limits[0].workers == 1);
  CHECK(witness.limits[0].worker_memory == 3'000);
  CHECK_FALSE(witness.limits[0].is_seen);
  CHECK(test::read_text(run.path("journal/w2.jsonl")).empty());
}

TEST_CASE("what a worker takes is learned from those that have run", "[engine]") {
  const Environment fake("QSWEEP_FAKE", R"({"float": "once"})");
  FakeRun run;
  Witness witness;
  SweepOptions options;
  options.memory = 100'000;  // less than any process takes
  options.retries = 1;
  run.run(witness, 4, options);
  CHECK(witness.records.size() == 4);
  REQUIRE(witness.limits.size() == 1);
  CHECK(witness.limits[0].worker_memory > 100'000);
  CHECK(witness.limits[0].is_seen);
  CHECK(test::read_text(run.path("journal/w2.jsonl")).empty());
}

TEST_CASE("after the budget no trial starts, and what runs is finished", "[engine]") {
  using namespace std::chrono_literals;
  FakeRun run;
  Witness witness;
  SweepOptions options;
  options.budget = 1ms;  // over before the float trial has ended
  const SweepEnd end = run.run(witness, 2, options);
  CHECK(end.is_budget_spent);
  CHECK(end.signal == 0);
  CHECK(witness.order == std::vector<std::string>{"f"});
  CHECK(witness.records.size() == 1);
  options.budget = 1h;
  CHECK_FALSE(run.run(witness, 2, options).is_budget_spent);
}

TEST_CASE("when the float trial fails, so do its trials, with its reason", "[engine]") {
  const Environment fake("QSWEEP_FAKE", R"({"float": "fail"})");
  FakeRun run;
  Witness witness;
  run.run(witness, 2);
  CHECK(witness.order == std::vector<std::string>{"f"});
  REQUIRE(witness.records.size() == 4);
  CHECK(witness.records.at("2").error == "the float trial failed: a made-up reason");
  CHECK(run.journal().find("2")->error == "the float trial failed: a made-up reason");
  CHECK(run.journal().find("2")->error_text == "the float trial failed: /data/x: a made-up reason");
  CHECK_FALSE(run.journal().find("2")->started);
  CHECK(run.journal().failed_attempts_at("2") == 0);
  CHECK(run.journal().failed_attempts_at("f") == 1);
}

TEST_CASE("a worker that cannot write stops the sweep", "[engine]") {
  const Environment fake("QSWEEP_FAKE", R"({"8": "full"})");
  FakeRun run;
  Witness witness;
  CHECK_THROWS_AS(run.run(witness, 1), WriteError);
  CHECK(run.journal().entries.size() == 1);
}

TEST_CASE("workers that cannot start stop the sweep with their reason", "[engine]") {
  FakeRun run;
  Witness witness;
  SweepOptions options;
  options.program = "/nowhere/worker";
  options.run_directory = run.path("");
  StopSignals signals;
  FrozenTrial trial;
  trial.id = trial.float_trial = "f";
  CHECK_THROWS_WITH(
      run_sweep(options, TrialQueue({trial}, [](const auto&) { return false; }), witness, signals),
      "a worker cannot start: it ended with exit code 127: "
      "/nowhere/worker: No such file or directory");
}

TEST_CASE("a signal ends the workers; what they were at stays pending", "[engine]") {
  const Environment fake("QSWEEP_FAKE", R"({"8": "sleep"})");
  FakeRun run;
  Witness witness;
  witness.kill_after = 2;
  const SweepEnd end = run.run(witness, 1);
  CHECK(end.signal == SIGTERM);
  CHECK(witness.stopped_by == SIGTERM);
  CHECK_FALSE(end.at_once);
  CHECK(run.journal().entries.size() == 1);
  CHECK(run.journal().find("f") != nullptr);
}

TEST_CASE("a worker removes the checkpoint that one before it had no time to remove", "[engine]") {
  FakeRun run;
  Witness witness;
  run.run(witness, 1);
  const std::string last = witness.order.back();
  const auto leave = [&](const std::string& trial) {
    const std::string path = checkpoint_path(run.path(""), trial);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    test::write_text(path, "x");
    return path;
  };
  const std::string finished = leave(last);
  const std::string pending = leave("other");
  const auto written = std::filesystem::last_write_time(finished);
  const auto start = [&run] {
    const SweepWorker worker({QSWEEP_FAKE_WORKER, run.path(""), run.path("cache"), "w1"});
  };
  start();
  CHECK(std::filesystem::exists(finished));  // of a later attempt at the same trial
  std::filesystem::last_write_time(finished, written - std::chrono::minutes(1));
  start();
  CHECK_FALSE(std::filesystem::exists(finished));
  CHECK(std::filesystem::exists(pending));
}

}  // namespace qsweep
