#include "qsweep/core/json.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::Outcome;
using test::Workplace;

namespace fs = std::filesystem;

// Takes scripts on standard input and runs them at once, element by element; what is said to it is
// in `calls`. Of job N nothing runs where the file `hold` names N.
constexpr const char* kSbatch = R"sh(#!/bin/bash
cd "$FAKE_SLURM"
id=$(($(cat last 2>/dev/null || echo 100) + 1))
if [ -e refuse ] && [ "$id" = "$(cat refuse)" ]; then
  echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2
  exit 1
fi
echo $id > last
cat > job$id
echo "sbatch $* $id" >> calls
array=$(sed -n 's/^#SBATCH --array=0-\([0-9]*\).*/\1/p' job$id)
for element in $(seq 0 "${array:-0}"); do
  if grep -qsx $id hold; then
    [ -n "$array" ] && echo "$id $element PENDING" >> queue || echo "$id N/A PENDING" >> queue
    continue
  fi
  SLURM_ARRAY_JOB_ID=$id SLURM_ARRAY_TASK_ID=$element bash job$id >> log 2>&1
  echo "$id $element exit $?" >> calls
done
echo $id
)sh";

constexpr const char* kSqueue = R"sh(#!/bin/bash
echo "squeue $*" >> "$FAKE_SLURM/calls"
if [ -e "$FAKE_SLURM/silent" ]; then
  echo 'squeue: error: Unable to contact slurm controller' >&2
  exit 1
fi
cat "$FAKE_SLURM/queue" 2>/dev/null || true
)sh";

// A workplace with a Slurm of scripts.
class FakeSlurm {
 public:
  FakeSlurm() {
    for (const char* folder : {"bin", "slurm"}) {
      fs::create_directory(place.path(folder));
    }
    add("sbatch", kSbatch);
    add("squeue", kSqueue);
    add("scontrol", "#!/bin/sh\necho 'MaxArraySize            = 1001'\n");
    ::setenv("PATH", (place.path("bin") + ":" + old_path_).c_str(), 1);
    ::setenv("FAKE_SLURM", place.path("slurm").c_str(), 1);
  }
  ~FakeSlurm() {
    ::setenv("PATH", old_path_.c_str(), 1);
    ::unsetenv("FAKE_SLURM");
  }
  FakeSlurm(const FakeSlurm&) = delete;
  FakeSlurm& operator=(const FakeSlurm&) = delete;

  const Workplace place;

  void set(const std::string& name, const std::string& text) const {
    place.write("slurm/" + name, text);
  }
  std::string calls() const { return place.text("slurm/calls"); }

 private:
  void add(const std::string& name, const std::string& text) const {
    place.write("bin/" + name, text);
    fs::permissions(place.path("bin/" + name), fs::perms::owner_all);
  }

  std::string old_path_ = std::getenv("PATH");
};

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

std::string local_csv() {
  const Workplace place;
  CHECK(place.run("bits.yaml").code == 0);
  return place.text("results/bits/results.csv");
}

}  // namespace

TEST_CASE("slices that Slurm runs give the results of a local run", "[app]") {
  const FakeSlurm slurm;
  const int slices = GENERATE(1, 2, 64);
  const Outcome run =
      slurm.place.run("bits.yaml --on slurm --set engines.slurm.slices=" + std::to_string(slices));
  CHECK(run.code == 0);
  CHECK(slurm.place.trials_started() == 4);
  CHECK(slurm.place.text("results/bits/results.csv") == local_csv());
  const int others = std::min(slices, 3);
  CHECK_THAT(run.err, ContainsSubstring("submitted job 101: slice 0\n"));
  CHECK_THAT(run.err, ContainsSubstring("submitted job 103: the merge\n"));
  CHECK_THAT(slurm.calls(),
             ContainsSubstring("sbatch --parsable 101\n101 0 exit 0\nsbatch --parsable "
                               "--dependency=afterany:101 102\n102 0 exit 0\n"));
  CHECK_THAT(slurm.calls(),
             ContainsSubstring("102 " + std::to_string(others - 1) +
                               " exit 0\nsbatch --parsable --dependency=afterany:101:102 103\n"));
}

TEST_CASE("slices time what gates on timings compare", "[app]") {
  const FakeSlurm slurm;
  const Outcome run =
      slurm.place.run("bits.yaml --on slurm --gate 'images_per_s drop <= 50% repeats 3 where w=8'");
  CHECK(run.code == 0);
  const std::string timings = slurm.place.text("results/bits/timings.csv");
  CHECK_THAT(timings, ContainsSubstring(",float,,synthetic,"));
  CHECK(count_of(timings, ",1000.0,3,") == 2);
  CHECK(count_of(timings, ",1000.0,,") == 2);
}

TEST_CASE("the merge alone writes the results; --detach ends with 75 while trials are left",
          "[app]") {
  const FakeSlurm slurm;
  slurm.set("hold", "102\n");
  const Outcome run = slurm.place.run("bits.yaml --on slurm --detach");
  CHECK(run.code == 75);
  CHECK_THAT(run.err, ContainsSubstring("detached; the same command without --detach follows\n"));
  CHECK(slurm.place.trials_started() == 1);
  CHECK_THAT(slurm.place.text("results/bits/results.csv"), ContainsSubstring(",float,,"));
  CHECK_THAT(slurm.place.text("results/bits/results.csv"), ContainsSubstring(",pending,"));
}

TEST_CASE("the same command submits no trial a second time that still waits", "[app]") {
  const FakeSlurm slurm;
  slurm.set("hold", "102\n");
  slurm.place.run("bits.yaml --on slurm --detach --set engines.slurm.slices=3");
  const Outcome again = slurm.place.run("bits.yaml --on slurm --detach");
  CHECK(again.code == 75);
  CHECK_THAT(again.err, ContainsSubstring("3 slices of earlier jobs still wait or run\n"));
  CHECK(slurm.place.text("slurm/last") == "103\n");

  SECTION("an element that is gone is submitted again, the others are not") {
    slurm.set("queue", "102 0 PENDING\n102 2 RUNNING\n");
    CHECK(slurm.place.run("bits.yaml --on slurm --detach").code == 75);
    CHECK(slurm.place.trials_started() == 2);
    CHECK(slurm.place.text("slurm/last") == "105\n");
    slurm.set("queue", "");
    CHECK(slurm.place.run("bits.yaml --on slurm").code == 0);
    CHECK(slurm.place.trials_started() == 4);
    CHECK(slurm.place.text("results/bits/results.csv") == local_csv());
  }
  SECTION("a local run would compute them a second time") {
    const Outcome local = slurm.place.run("bits.yaml");
    CHECK(local.code == 75);
    CHECK_THAT(
        local.err,
        ContainsSubstring("results/bits: is being run by job 102 of slurm; give --on slurm to "
                          "follow it\n"));
    slurm.set("silent", "");
    const Outcome unknown = slurm.place.run("bits.yaml");
    CHECK(unknown.code == 0);
    CHECK_THAT(
        unknown.err,
        ContainsSubstring("results/bits: warning: it cannot be said whether its jobs of slurm "
                          "have ended: squeue does not answer: squeue: error: Unable to "
                          "contact slurm controller\n"));
  }
}

TEST_CASE("status tells what waits, runs and has ended of the jobs", "[app]") {
  const FakeSlurm slurm;
  slurm.set("hold", "102\n");
  slurm.place.run("bits.yaml --on slurm --detach --set engines.slurm.slices=3");
  const Outcome waiting = slurm.place.run("status results/bits");
  CHECK(waiting.code == 0);
  CHECK(waiting.out ==
        "bits: 4 trials for 4 rows: 1 done, 0 failed, 3 pending\n"
        "job 101 of slurm: slice 0 done: 1 of 1 trials done\n"
        "job 102 of slurm: slices 1 to 3 PENDING: 0 of 3 trials done\n"
        "job 103 of slurm: the merge ended\n");
  slurm.set("queue", "102 0 PENDING\n102 2 RUNNING\n103 N/A PENDING\n99 0 RUNNING\n");
  CHECK_THAT(slurm.place.run("status results/bits").out,
             ContainsSubstring("job 102 of slurm: slice 1 PENDING: 0 of 1 trials done\n"
                               "job 102 of slurm: slice 3 RUNNING: 0 of 1 trials done\n"
                               "job 102 of slurm: slice 2 ended: 0 of 1 trials done\n"
                               "job 103 of slurm: the merge PENDING\n"));
  const Json json = Json::parse(slurm.place.run("status results/bits --format json").out);
  CHECK(json.at("jobs").at(1).at("slices").at(2) ==
        Json{{"slice", 3}, {"state", "RUNNING"}, {"trials", 1}, {"done", 0}, {"failed", 0}});
  CHECK(json.at("jobs").at(2).at("merge") == "PENDING");

  SECTION("without a scheduler the folder tells what it can") {
    slurm.set("silent", "");
    const Outcome alone = slurm.place.run("status results/bits");
    CHECK(alone.code == 0);
    CHECK(alone.err ==
          "results/bits: warning: what waits or runs of its jobs is not known: squeue does not "
          "answer: squeue: error: Unable to contact slurm controller\n");
    CHECK_THAT(alone.out,
               ContainsSubstring("job 101 of slurm: slice 0 done: 1 of 1 trials done\n"
                                 "job 102 of slurm: slices 1 to 3 unknown: 0 of 3 trials done\n"
                                 "job 103 of slurm: the merge unknown\n"));
    CHECK(slurm.place.run("status -f results/bits").out == alone.out);
  }
  SECTION("-f goes on until the jobs have ended") {
    auto followed =
        std::async(std::launch::async, [&] { return slurm.place.run("status -f results/bits"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    CHECK(followed.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    const std::string slice = slurm.place.shell_line("worker results/bits --slice 3", "{}");
    CHECK(std::system(("(" + slice + ") >/dev/null 2>&1").c_str()) == 0);
    slurm.set("queue", "");
    const Outcome outcome = followed.get();
    CHECK(outcome.code == 0);
    CHECK_THAT(outcome.out, ContainsSubstring("\njob 102 of slurm: slice 3 RUNNING: 0 of 1"));
    CHECK_THAT(outcome.out, ContainsSubstring("\nbits: 4 trials for 4 rows: 2 done, 0 failed"));
    CHECK_THAT(outcome.out, ContainsSubstring("\njob 102 of slurm: slice 3 done: 1 of 1"));
    CHECK_THAT(outcome.out, ContainsSubstring("\njob 102 of slurm: slices 1, 2 ended: 0 of 2"));
  }
}

TEST_CASE("jobs that end without all results: 75, and the same command submits what is left",
          "[app]") {
  const FakeSlurm slurm;
  slurm.set("hold", "102\n");
  slurm.set("queue", "");
  slurm.place.run("bits.yaml --on slurm --detach");
  slurm.set("queue", "");  // cancelled, or lost with its node
  slurm.set("hold", "104\n");
  CHECK(slurm.place.run("bits.yaml --on slurm --detach").code == 75);
  slurm.set("queue", "");
  slurm.set("hold", "");
  const Outcome last = slurm.place.run("bits.yaml --on slurm");
  CHECK(last.code == 0);
  CHECK(slurm.place.trials_started() == 4);
}

TEST_CASE("a killed worker is tried again by the slice, or by the same command", "[app]") {
  const FakeSlurm slurm;
  const Outcome retried = slurm.place.run("bits.yaml --on slurm --retries 1", R"({"4": "once"})");
  CHECK(retried.code == 0);
  CHECK(slurm.place.trials_started() == 5);
  fs::remove_all(slurm.place.path("results"));
  const Outcome failed = slurm.place.run("bits.yaml --on slurm", R"({"4": "kill"})");
  CHECK(failed.code == 1);
  CHECK_THAT(failed.out, ContainsSubstring("was killed by signal 9 (SIGKILL)"));
  CHECK(slurm.place.run("bits.yaml --on slurm").code == 0);
  CHECK(slurm.place.trials_started() == 5 + 5);
}

TEST_CASE("a float trial that fails fails its slices' trials", "[app]") {
  const FakeSlurm slurm;
  const Outcome run = slurm.place.run("bits.yaml --on slurm", R"({"float": "fail"})");
  CHECK(run.code == 1);
  CHECK(slurm.place.trials_started() == 1);
  const Workplace local;
  CHECK(local.run("bits.yaml", R"({"float": "fail"})").code == 1);
  const std::string csv = slurm.place.text("results/bits/results.csv");
  CHECK_THAT(csv, ContainsSubstring(",the float trial failed: a made-up reason\n"));
  CHECK(csv == local.text("results/bits/results.csv"));
  CHECK(slurm.place.run("bits.yaml --on slurm --failed").code == 0);
  CHECK(slurm.place.trials_started() == 5);
}

TEST_CASE("what Slurm refuses: 2 where nothing runs, 75 where a part does", "[app]") {
  const FakeSlurm slurm;
  slurm.set("refuse", "101");
  const Outcome first = slurm.place.run("bits.yaml --on slurm");
  CHECK(first.code == 2);
  CHECK(
      first.err ==
      "--on slurm: sbatch: error: Batch job submission failed: Invalid partition name specified\n");
  slurm.set("refuse", "102");
  const Outcome second = slurm.place.run("bits.yaml --on slurm");
  CHECK(second.code == 75);
  CHECK_THAT(second.err,
             ContainsSubstring("specified; what was submitted before goes on, and the same command "
                               "submits what is left\n"));
  slurm.set("refuse", "");
  CHECK(slurm.place.run("bits.yaml --on slurm").code == 0);
  CHECK(slurm.place.trials_started() == 4);
}

TEST_CASE("--print submits nothing, and what it prints can be run", "[app]") {
  const FakeSlurm slurm;
  const Outcome print = slurm.place.run("bits.yaml --on slurm --print");
  CHECK(print.code == 0);
  CHECK(slurm.calls().empty());
  CHECK(slurm.place.trials_started() == 0);
  slurm.place.write("submit.sh", print.out);
  const std::string line = "cd '" + slurm.place.path("") + "' && QSWEEP_FAKE='{}' QSWEEP_WORKER='" +
                           QSWEEP_FAKE_WORKER "' QSWEEP_CACHE='" + slurm.place.path("cache") +
                           "' bash submit.sh > submitted";
  CHECK(std::system(line.c_str()) == 0);
  CHECK(slurm.place.text("submitted") == "103\n");
  CHECK(slurm.place.text("results/bits/results.csv") == local_csv());
  CHECK(slurm.place.run("bits.yaml --on slurm --print").out.empty());
}

TEST_CASE("engines that only print say so; wrong names say what is near", "[app]") {
  const Workplace place;
  const auto error_of = [&](const std::string& options) {
    const Outcome run = place.run("bits.yaml " + options);
    CHECK(run.code == 2);
    return run.err;
  };
  CHECK(error_of("--on parallel") ==
        "qsweep: error: --on parallel is only printed: give --print\n");
  CHECK(error_of("--on slrum") ==
        "qsweep: error: --on: unknown engine 'slrum'; did you mean 'slurm'?\n");
  CHECK(error_of("--detach") ==
        "qsweep: error: --detach needs an engine that jobs are submitted to: --on slurm\n");
  CHECK_THAT(error_of("--on slurm --set engines.slurm.partiton=x"),
             ContainsSubstring("did you mean 'engines.slurm.partition'?"));
  CHECK_THAT(error_of("--on slurm --budget 1h"), ContainsSubstring("--budget is for --on local"));
  CHECK(place.trials_started() == 0);
}

TEST_CASE("a slice that the run does not have, and a folder without a run: 2", "[app]") {
  const Workplace place;
  CHECK_THAT(place.run("worker results/bits --slice 0").err,
             ContainsSubstring("results/bits: has no slices; `qsweep run FILE.yaml --on "));
  CHECK(place.run("worker results/bits --slice 0").code == 2);
  CHECK(place.run("worker results/bits --merge").code == 2);
  CHECK(place.run("worker results/bits").code == 2);
}

TEST_CASE("GNU parallel runs what is printed for it", "[app]") {
  if (std::system("parallel --version >/dev/null 2>&1") != 0) {
    WARN("skipped: there is no GNU parallel here");
    return;
  }
  const Workplace place;
  const Outcome print = place.run("bits.yaml --on parallel --print");
  CHECK(print.code == 0);
  place.write("lines.sh", print.out);
  const std::string line =
      "cd '" + place.path("") + "' && HOME=. QSWEEP_FAKE='{}' QSWEEP_WORKER='" +
      QSWEEP_FAKE_WORKER "' QSWEEP_CACHE='" + place.path("cache") + "' sh lines.sh > log 2>&1";
  CHECK(std::system(line.c_str()) == 0);
  CHECK(place.text("results/bits/results.csv") == local_csv());
}

}  // namespace qsweep
