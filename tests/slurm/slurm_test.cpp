#include "qsweep/engine/child_process.hpp"
#include "qsweep/engine/cluster/tool.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <sstream>
#include <thread>

#include "app/command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using namespace std::chrono_literals;
using test::kBitsFile;
using test::kManyFile;
using test::Outcome;
using test::Workplace;

bool comes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 300; ++i) {
    if (condition()) {
      return true;
    }
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

size_t count_of(const std::string& what, const std::string& text) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

bool has_started(const Workplace& place, const std::string& bits, size_t times) {
  return count_of("trial " + bits + "\n", place.text("fake.log")) >= times;
}

// The element of an array that runs the trial of so many bits: slices are made in this order.
constexpr int kEight = 0;
constexpr int kFour = 1;
constexpr int kTwo = 2;

struct Element {
  std::string name;  // "12_0"
  std::string node;
};

// Of the array that runs now.
Element running_element(int number) {
  std::istringstream lines(ask_tool({"squeue", "-h", "-r", "-t", "R", "-o", "%F %K %N"}).output);
  std::string job;
  std::string element;
  std::string node;
  while (lines >> job >> element >> node) {
    if (element == std::to_string(number)) {
      return {job + "_" + element, node};
    }
  }
  FAIL("element " << number << " does not run");
  return {};
}

// A command that goes on while the test does something to its jobs.
class Running {
 public:
  Running(const Workplace& place, const std::string& arguments, const std::string& fake)
      : process_({"/bin/sh", "-c", place.shell_line(arguments + " >out 2>err", fake)},
                 ChildProcess::Errors::Piped) {}
  int code() { return process_.wait().code; }

 private:
  ChildProcess process_;
};

std::string local_csv(const std::string& file) {
  const Workplace place;
  place.write("local.yaml", file);
  REQUIRE(place.run("local.yaml -o local").code == 0);
  return place.text("local/results.csv");
}

}  // namespace

TEST_CASE("arrays that are cut, and the merge, give the results of a local run", "[slurm]") {
  const Workplace place;
  place.write("many.yaml", kManyFile + "engines: {slurm: {slices: 6, partition: normal}}\n");
  const Outcome run = place.run("many.yaml --on slurm");
  CHECK(run.code == 0);
  CHECK(place.trials_started() == 31);
  CHECK_THAT(run.err, ContainsSubstring(": slice 0\n"));
  CHECK_THAT(run.err, ContainsSubstring(": slices 1 to 4\n"));
  CHECK_THAT(run.err, ContainsSubstring(": slices 5 to 6\n"));
  CHECK(place.text("results/many/results.csv") == local_csv(kManyFile));
}

TEST_CASE(
    "jobs that are gone, cancelled or with their node, leave trials, which the same command "
    "submits; the merge of a detached run writes its results",
    "[slurm]") {
  const Workplace place;
  Running command(place, "bits.yaml --on slurm", R"({"8": "sleep once", "4": "sleep once"})");
  REQUIRE(comes_true([&] { return has_started(place, "8", 1) && has_started(place, "4", 1); }));
  const Element lost = running_element(kFour);
  const std::string node = "nodename=" + lost.node;
  CHECK(ask_tool({"scancel", running_element(kEight).name}).code == 0);
  CHECK(ask_tool({"scontrol", "update", "jobid=" + lost.name, "requeue=0"}).code == 0);
  CHECK(ask_tool({"scontrol", "update", node, "state=down", "reason=test"}).code == 0);
  CHECK(command.code() == 75);
  CHECK_THAT(place.text("err"),
             ContainsSubstring("the jobs ended and left 2 trials; the same command "
                               "submits what is left\n"));
  CHECK(ask_tool({"scontrol", "update", node, "state=resume"}).code == 0);
  const Outcome again = place.run("bits.yaml --on slurm --detach");
  CHECK(again.code == 75);
  CHECK(count_of("submitted job", again.err) == 2);  // two slices, and the merge
  const std::string csv = local_csv(kBitsFile);
  CHECK(comes_true([&] { return place.text("results/bits/results.csv") == csv; }));
  CHECK(place.trials_started() == 6);
  CHECK(place.run("bits.yaml --on slurm").code == 0);
}

// Slurm looks at time limits every 30 s only, signals up to a minute early, and lets what is
// requeued wait for 6 s: this is why there is one run for all of it, and little before.
TEST_CASE(
    "a killed worker, a preemption, a lost node and a time limit cost no result, and nothing is "
    "submitted twice",
    "[slurm]") {
  const Workplace place;
  const Outcome first =
      place.run("bits.yaml --on slurm --detach --retries 1 --set engines.slurm.time=1",
                R"({"float": "once", "8": "checkpoint", "4": "sleep once", "2": "sleep once"})");
  CHECK(first.code == 75);
  REQUIRE(comes_true([&] { return has_started(place, "8", 1) && has_started(place, "4", 1); }));
  const std::string node = running_element(kFour).node;
  const ToolAnswer preempting = ask_tool(
      {"sbatch", "--partition=high", "--nodelist=" + node, "--output=/dev/null", "--wrap=true"});
  CHECK(preempting.code == 0);
  REQUIRE(comes_true([&] { return has_started(place, "2", 1); }));
  CHECK(running_element(kTwo).node == node);
  CHECK(ask_tool({QSWEEP_LOSE_NODE, node}).code == 0);
  const Outcome again = place.run("bits.yaml --on slurm");
  CHECK(again.code == 0);
  CHECK_THAT(again.err, ContainsSubstring("3 slices of earlier jobs still wait or run\n"));
  CHECK_THAT(again.err, !ContainsSubstring("submitted"));
  for (const char* bits : {"float", "8", "4", "2"}) {
    CHECK(count_of("trial " + std::string(bits) + "\n", place.text("fake.log")) == 2);
  }
  CHECK(place.text("results/bits/results.csv") == local_csv(kBitsFile));
}

}  // namespace qsweep
