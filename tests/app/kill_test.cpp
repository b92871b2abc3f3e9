#include "qsweep/engine/child_process.hpp"
#include "qsweep/journal/journal.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <random>
#include <thread>
#include <vector>

#include "command.hpp"
#include "support/catch.hpp"
#include "support/processes.hpp"

namespace qsweep {
namespace {

namespace fs = std::filesystem;
using test::children_of;
using test::kManyFile;
using test::Workplace;

const std::string kDoze = R"({"*": "doze"})";

size_t results_in(const std::string& run) {
  const Journal journal = read_journal(run);
  return static_cast<size_t>(
      std::count_if(journal.entries.begin(), journal.entries.end(), [](const auto& entry) {
        return !entry.second.record.failed;
      }));
}

size_t unfinished_in(const std::string& run) {
  const fs::directory_iterator files(run);
  return static_cast<size_t>(std::count_if(begin(files), end(files), [](const auto& file) {
    return file.path().filename().string().find(".unfinished.") != std::string::npos;
  }));
}

// Kills a sweep, single workers, or both, each after a moment of random length.
class Killer {
 public:
  /// Waits for at most so long before each kill.
  Killer(const Workplace& place, std::chrono::microseconds longest)
      : place_(place), moment_(0, longest.count()) {}

  int command_kills() const { return command_kills_; }
  int worker_kills() const { return worker_kills_; }

  /// Runs the command until it ends or is killed.
  ProcessEnd run() {
    ChildProcess command(
        {"/bin/sh", "-c", place_.shell_line("many.yaml -j 2 -q --retries 1", kDoze)},
        ChildProcess::Errors::Piped);
    while (is_likely(0.4)) {
      wait();
      kill_worker_of(command.id());
    }
    wait();
    if (is_likely(0.3)) {
      kill_worker_of(command.id());
    }
    command.kill(SIGKILL);
    const ProcessEnd end = command.wait();
    command_kills_ += end.signal == SIGKILL ? 1 : 0;
    return end;
  }

 private:
  bool is_likely(double share) { return std::bernoulli_distribution(share)(random_); }

  void wait() { std::this_thread::sleep_for(std::chrono::microseconds(moment_(random_))); }

  void kill_worker_of(pid_t command) {
    const std::vector<pid_t> workers = children_of(command);
    if (!workers.empty() && ::kill(workers[random_() % workers.size()], SIGKILL) == 0) {
      ++worker_kills_;
    }
  }

  const Workplace& place_;
  std::uniform_int_distribution<int64_t> moment_;
  std::mt19937 random_{20261124};
  int command_kills_ = 0;
  int worker_kills_ = 0;
};

}  // namespace

TEST_CASE("a sweep that is killed at a hundred moments ends as if undisturbed", "[app][slow]") {
  using Clock = std::chrono::steady_clock;
  constexpr int kKills = 100;
  constexpr int kWorkerKills = 25;
  const Workplace undisturbed;
  undisturbed.write("many.yaml", kManyFile);
  undisturbed.run("list");  // the worker's answers are cached now, as they are for what is killed
  const auto start = Clock::now();
  REQUIRE(undisturbed.run("many.yaml -j 2", kDoze).code == 0);
  const auto length = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
  const std::string csv = undisturbed.text("results/many/results.csv");

  const Workplace place;
  place.write("many.yaml", kManyFile);
  const std::string run = place.path("results/many");
  Killer killer(place, length * 2 / 3);
  size_t results = 0;
  int complete_runs = 0;
  while (killer.command_kills() < kKills || killer.worker_kills() < kWorkerKills) {
    const ProcessEnd end = killer.run();
    INFO("after " << killer.command_kills() << " kills: " << end.text());
    // 1: workers were killed more often than retries allow; 75: a worker that had not quite
    // started yet still holds the lock of a command that was killed.
    REQUIRE((end.signal == SIGKILL || end.code == 0 || end.code == 1 || end.code == 75));
    REQUIRE(results_in(run) >= results);  // nothing that was written is lost
    results = results_in(run);
    if (end.signal == 0 && end.code == 0) {
      REQUIRE(place.text("results/many/results.csv") == csv);
      ++complete_runs;
      fs::remove_all(run);
      results = 0;
    }
  }
  CHECK(complete_runs > 0);
  CHECK(place.run("many.yaml -j 2").code == 0);
  CHECK(place.text("results/many/results.csv") == csv);
  CHECK(unfinished_in(run) == 0);
}

}  // namespace qsweep
