#include "qsweep/engine/child_process.hpp"
#include "qsweep/journal/run_folder.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::Outcome;
using test::Workplace;

// Waits for the worker to say so; then it sleeps.
void await_line(const Workplace& place, const std::string& line) {
  using namespace std::chrono_literals;
  for (int i = 0; i < 200 && place.text("fake.log").find(line + "\n") == std::string::npos; ++i) {
    std::this_thread::sleep_for(50ms);
  }
  std::this_thread::sleep_for(100ms);
}

ProcessEnd end_after(const Workplace& place,
                     int signal,
                     const std::string& fake = R"({"4": "sleep"})") {
  ChildProcess command({"/bin/sh", "-c", place.shell_line("bits.yaml -j 1 -q", fake)},
                       ChildProcess::Errors::Piped);
  await_line(place, "trial 4");
  command.kill(signal);
  return command.wait();
}

// Of a slice of the trials of 8, 4 and 2 bits, told in one of them that its time is nearly up.
bool is_run_again(const Workplace& place, const std::string& fake, const std::string& awaited) {
  CHECK(place.run("bits.yaml --on parallel --set engines.parallel.slices=1 --print").code == 0);
  CHECK(place.run("worker results/bits --slice 0").code == 0);  // the float trial
  ChildProcess slice(
      {"/bin/sh",
       "-c",
       place.shell_line("worker results/bits --slice 1 --again 'echo yes >>again'", fake)},
      ChildProcess::Errors::Piped);
  await_line(place, awaited);
  slice.kill(SIGUSR2);
  CHECK(slice.wait().code == 75);
  return place.text("again") == "yes\n";
}

}  // namespace

TEST_CASE("INT and TERM stop cleanly; the same command goes on", "[app]") {
  const Workplace place;
  const bool interrupt = GENERATE(true, false);
  CHECK(end_after(place, interrupt ? SIGINT : SIGTERM).code == (interrupt ? 130 : 143));
  CHECK_THAT(place.run("status results/bits").out,
             ContainsSubstring(": 2 done, 0 failed, 2 pending"));
  CHECK(place.run("bits.yaml").code == 0);
}

TEST_CASE("a worker that cannot keep its checkpoint when it is stopped is told", "[app]") {
  const Workplace place;
  CHECK(end_after(place, SIGTERM, R"({"4": "full when stopped"})").code == 74);
  const std::string trial = load_plan(place.path("results/bits")).trials.at(2).id;
  CHECK_THAT(place.text("results/bits/trials/" + trial + "/log"),
             ContainsSubstring("checkpoint.pt: cannot be written: No space left on device\n"));
}

TEST_CASE("a sweep that was started without standard streams keeps its files clean", "[app]") {
  const Workplace place;
  const std::string line =
      "(" + place.shell_line("bits.yaml -j 1 --progress plain", "{}") + ") <&- >&- 2>&-";
  const int status = std::system(line.c_str());
  CHECK(WEXITSTATUS(status) == 74);  // its table could not be printed
  const Outcome told = place.run("status results/bits");
  CHECK(told.out == "bits: 4 trials for 4 rows: 4 done, 0 failed, 0 pending\n");
  CHECK_THAT(place.text("results/bits/lock"), ContainsSubstring("process "));
  CHECK(place.text("results/bits/lock").find("residual") == std::string::npos);
}

TEST_CASE("HUP, USR1 and USR2 stop with 75", "[app]") {
  const Workplace place;
  CHECK(end_after(place, GENERATE(SIGHUP, SIGUSR1, SIGUSR2)).code == 75);
}

TEST_CASE("HUP, USR1 and USR2 stop with 75 before anything has started, too", "[app]") {
  const Workplace place;
  const std::string worker = place.path("worker");
  place.write("worker", "#!/bin/sh\necho started >>'" + place.path("fake.log") + "'\nsleep 20\n");
  std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
  ChildProcess command({"/usr/bin/env",
                        "QSWEEP_WORKER=" + worker,
                        "QSWEEP_CACHE=" + place.path("cache"),
                        QSWEEP_COMMAND,
                        place.path("bits.yaml")},
                       ChildProcess::Errors::Piped);
  await_line(place, "started");
  command.kill(GENERATE(SIGHUP, SIGUSR1, SIGUSR2));
  CHECK(command.wait().code == 75);
}

TEST_CASE("nohup keeps a sweep from HUP", "[app]") {
  const Workplace place;
  const auto before = ::signal(SIGHUP, SIG_IGN);  // which the command inherits
  ChildProcess command(
      {"/bin/sh", "-c", place.shell_line("bits.yaml -j 1 -q", R"({"4": "sleep"})")},
      ChildProcess::Errors::Piped);
  ::signal(SIGHUP, before);
  await_line(place, "trial 4");
  command.kill(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  command.kill(SIGTERM);
  CHECK(command.wait().code == 143);
}

TEST_CASE("how workers end is known also to a command that was told to ignore it", "[app]") {
  const Workplace place;
  const auto before = ::signal(SIGCHLD, SIG_IGN);  // which the command inherits
  ChildProcess command(
      {"/bin/sh", "-c", place.shell_line("bits.yaml -j 1 -q --retries 0", R"({"4": "kill"})")},
      ChildProcess::Errors::Piped);
  ::signal(SIGCHLD, before);
  CHECK(command.wait().code == 1);
  CHECK_THAT(place.text("results/bits/results.csv"), ContainsSubstring("killed by signal 9"));
}

TEST_CASE("a second signal stops at once with 128 and its number", "[app]") {
  const Workplace place;
  ChildProcess command({"/bin/sh", "-c", place.shell_line("bits.yaml -j 1 -q", R"({"4": "deaf"})")},
                       ChildProcess::Errors::Piped);
  await_line(place, "trial 4");
  const auto start = std::chrono::steady_clock::now();
  command.kill(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  command.kill(SIGUSR2);
  CHECK(command.wait().code == 128 + SIGUSR2);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  CHECK(place.run("bits.yaml").code == 0);
}

TEST_CASE("kill -9 of the command loses nothing that was finished", "[app]") {
  const Workplace place;
  CHECK(end_after(place, SIGKILL).signal == SIGKILL);
  CHECK(place.run("bits.yaml").code == 0);
  CHECK(place.trials_started() == 5);  // only what was running, again
}

TEST_CASE("a slice whose time is up asks to run again if it got on", "[app]") {
  const Workplace place;
  SECTION("a trial has ended") {
    CHECK(is_run_again(place, R"({"4": "sleep"})", "trial 4"));
  }
  SECTION("a trial has kept a checkpoint") {
    CHECK(is_run_again(place, R"({"8": "checkpoint"})", "checkpoint"));
  }
  SECTION("nothing came of it: else it would be tried for ever") {
    CHECK_FALSE(is_run_again(place, R"({"8": "sleep"})", "trial 8"));
  }
}

}  // namespace qsweep
