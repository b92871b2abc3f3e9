// The real worker, killed or asked to stop in the middle of trainings: the sweep goes on where they
// were, and ends with the files of one that nothing disturbed.

#include "qsweep/core/json.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "support/catch.hpp"
#include "support/processes.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;
using qsweep::Json;

namespace {

namespace fs = std::filesystem;

const std::string kExperiment = R"(qsweep: 1
name: long
keep: last
data: {name: synthetic, images: 60}
pretrain: {epochs: 4, lr: 0.02, batch: 20}
calibrate: {images: 20}
finetune: {epochs: 6, lr: 0.01, batch: 20, schedule: cosine, ema: 0.5}
policies:
  learned:
    - type: [Conv2d, Linear]
      weight: {quantizer: lsq, bits: 3, granularity: per_channel}
    - type: ReLU
      output: {quantizer: uniform, bits: 4, rounding: stochastic}
matrix:
  model: resnet20
  policy: learned
)";

// A run in a folder of its own, in the background.
class BackgroundRun {
 public:
  BackgroundRun(const ScratchFolder& folder, const std::string& more) {
    const std::string line = "cd '" + folder.path() +
                             "' && exec env QSWEEP_CACHE=cache " QSWEEP_COMMAND
                             " run long.yaml -o run --events events -q " +
                             more + " >out 2>&1";
    id_ = ::fork();
    if (id_ == 0) {
      ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      ::_exit(127);
    }
  }
  pid_t id() const { return id_; }

  int wait() const {
    int status = 0;
    ::waitpid(id_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t id_;
};

std::vector<Json> events_of(const ScratchFolder& folder) {
  std::vector<Json> events;
  std::istringstream lines(read_text(folder.path("events")));
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (event.is_object()) {
      events.push_back(event);
    }
  }
  return events;
}

std::vector<int> epochs_of(const std::vector<Json>& events, const std::string& stage) {
  std::vector<int> epochs;
  for (const Json& event : events) {
    if (event.value("stage", "") == stage) {
      epochs.push_back(event.at("epoch"));
    }
  }
  return epochs;
}

// Waits until a stage has come through so many epochs.
bool await_epoch(const ScratchFolder& folder, const std::string& stage, int epoch) {
  for (int i = 0; i < 1200; ++i) {
    const auto epochs = epochs_of(events_of(folder), stage);
    if (!epochs.empty() && epochs.back() >= epoch) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

std::string trial_with(const ScratchFolder& folder, const std::string& file) {
  for (const auto& trial : fs::directory_iterator(folder.path("run/trials"))) {
    if (fs::exists(trial.path() / file)) {
      return trial.path().string();
    }
  }
  return "none";
}

// Has the first of two processes computed for less time? The other waits for what it computes.
bool uses_less_time(pid_t first, pid_t second) {
  const auto ticks = [](pid_t process) {
    std::istringstream fields(stat_of(process));
    std::string field;
    for (int i = 1; i <= 14; ++i) {  // the name has no blank in it; the 14th is the user time
      fields >> field;
    }
    return std::stol(field);
  };
  return ticks(first) < ticks(second);
}

// Undisturbed, once for all cases.
const ScratchFolder& undisturbed() {
  static const ScratchFolder folder;
  static const bool ran = [] {
    write_text(folder.path("long.yaml"), kExperiment);
    return BackgroundRun(folder, "").wait() == 0;
  }();
  REQUIRE(ran);
  return folder;
}

void check_same_as_undisturbed(const ScratchFolder& folder) {
  CHECK(read_text(folder.path("run/results.csv")) ==
        read_text(undisturbed().path("run/results.csv")));
  int files = 0;
  for (const auto& trial : fs::directory_iterator(undisturbed().path("run/trials"))) {
    for (const char* name : {"weights.pt", "binding.pt", "quantizers.pt", "correct.bits"}) {
      if (fs::exists(trial.path() / name)) {
        ++files;
        INFO(name);
        CHECK(read_text(folder.path("run/trials/" + trial.path().filename().string() + "/" +
                                    name)) == read_text((trial.path() / name).string()));
      }
    }
  }
  CHECK(files == 6);  // of the float trial the weights and bits
  CHECK(trial_with(folder, "checkpoint.pt") == "none");
}

// The folder of a run that was disturbed once in a stage.
void disturb(const ScratchFolder& folder,
             const std::string& stage,
             const std::function<void(pid_t command)>& how) {
  write_text(folder.path("long.yaml"), kExperiment);
  const BackgroundRun run(folder, "");
  REQUIRE(await_epoch(folder, stage, 2));
  how(run.id());
  run.wait();
  REQUIRE(fs::exists(folder.path("run/results.csv")));
}

}  // namespace

TEST_CASE("a worker killed within a fine-tuning costs what came after its last checkpoint",
          "[sweep]") {
  const ScratchFolder folder;
  disturb(folder, "finetune", [](pid_t command) {
    for (const pid_t worker : children_of(command)) {
      ::kill(worker, SIGKILL);
    }
  });
  CHECK_THAT(read_text(folder.path("run/results.csv")),
             ContainsSubstring("was killed by signal 9"));
  REQUIRE(trial_with(folder, "checkpoint.pt") != "none");
  const size_t before = events_of(folder).size();
  REQUIRE(BackgroundRun(folder, "").wait() == 0);
  std::vector<Json> after = events_of(folder);
  after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(before));
  const std::vector<int> epochs = epochs_of(after, "finetune");
  CHECK(epochs.front() >= 1);  // not from the start
  CHECK(epochs.back() == 6);
  CHECK_THAT(read_text(trial_with(folder, "log") + "/log"),
             ContainsSubstring("finetune goes on from a checkpoint: after epoch "));
  check_same_as_undisturbed(folder);
}

TEST_CASE("--retries goes on from the checkpoint of the attempt that was killed", "[sweep][slow]") {
  const ScratchFolder folder;
  write_text(folder.path("long.yaml"), kExperiment);
  const BackgroundRun run(folder, "--retries 1");
  REQUIRE(await_epoch(folder, "finetune", 2));
  for (const pid_t worker : children_of(run.id())) {
    ::kill(worker, SIGKILL);
  }
  CHECK(run.wait() == 0);
  const std::vector<int> epochs = epochs_of(events_of(folder), "finetune");
  CHECK(std::count(epochs.begin(), epochs.end(), 0) == 1);  // the first attempt's start alone
  check_same_as_undisturbed(folder);
}

TEST_CASE("TERM keeps a checkpoint and ends at once, in a pretraining as in a fine-tuning",
          "[sweep][slow]") {
  for (const char* stage : {"pretrain", "finetune"}) {
    INFO(stage);
    const ScratchFolder folder;
    write_text(folder.path("long.yaml"), kExperiment);
    const BackgroundRun run(folder, "");
    REQUIRE(await_epoch(folder, stage, 2));
    ::kill(run.id(), SIGTERM);
    CHECK(run.wait() == 143);
    const size_t before = events_of(folder).size();
    REQUIRE(BackgroundRun(folder, "").wait() == 0);
    std::vector<Json> after = events_of(folder);
    after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(before));
    CHECK(epochs_of(after, stage).front() >= 2);
    check_same_as_undisturbed(folder);
  }
}

TEST_CASE("a checkpoint that was cut off is told in the log, and the training starts anew",
          "[sweep][slow]") {
  const ScratchFolder folder;
  disturb(folder, "finetune", [](pid_t command) { ::kill(command, SIGKILL); });
  const std::string checkpoint = trial_with(folder, "checkpoint.pt") + "/checkpoint.pt";
  fs::resize_file(checkpoint, fs::file_size(checkpoint) / 2);
  const auto is_free = [&] {  // the killed command's worker may still be ending
    return BackgroundRun(folder, "").wait();
  };
  int code = is_free();
  for (int i = 0; i < 50 && code == 75; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    code = is_free();
  }
  REQUIRE(code == 0);
  CHECK_THAT(read_text(trial_with(folder, "log") + "/log"),
             ContainsSubstring("the checkpoint does not count: "));
  check_same_as_undisturbed(folder);
}

// Two float trials, told apart by the batch of their evaluation, want the same pretrained network.
TEST_CASE("two workers compute a shared stage once, also if the one that does is killed",
          "[sweep][slow]") {
  const std::string text = kExperiment + "  evaluate.batch: [20, 30]\n";
  const ScratchFolder folder;
  write_text(folder.path("long.yaml"), text);
  REQUIRE(BackgroundRun(folder, "-j 2").wait() == 0);
  const std::vector<int> once{0, 1, 2, 3, 4};
  CHECK(epochs_of(events_of(folder), "pretrain") == once);

  const ScratchFolder killed;
  write_text(killed.path("long.yaml"), text);
  const BackgroundRun run(killed, "-j 2 --retries 1");
  REQUIRE(await_epoch(killed, "pretrain", 2));
  const std::vector<pid_t> workers = children_of(run.id());
  REQUIRE(workers.size() == 2);
  ::kill(*std::max_element(workers.begin(), workers.end(), uses_less_time), SIGKILL);
  CHECK(run.wait() == 0);
  const std::vector<int> epochs = epochs_of(events_of(killed), "pretrain");
  CHECK(std::count(epochs.begin(), epochs.end(), 0) == 1);
  CHECK(std::count(epochs.begin(), epochs.end(), 4) == 1);
  CHECK(read_text(killed.path("run/results.csv")) == read_text(folder.path("run/results.csv")));
}

TEST_CASE("two workers calibrate and evaluate a float model once for all its trials", "[sweep]") {
  const ScratchFolder folder;
  write_text(folder.path("long.yaml"), R"(qsweep: 1
name: long
data: {name: synthetic, images: 60}
pretrain: {epochs: 1, lr: 0.02, batch: 20}
calibrate: {images: 60}
policies:
  outputs:
    - type: ReLU
      output: {quantizer: uniform, bits: $a}
matrix:
  model: resnet20
  policy: outputs
  a: [2, 3, 4, 5, 6, 7, 8]
)");
  REQUIRE(BackgroundRun(folder, "-j 2").wait() == 0);
  const std::vector<Json> events = events_of(folder);
  CHECK(epochs_of(events, "calibrate").size() == 1);
  CHECK(epochs_of(events, "evaluate").size() == 8);  // of each trial its own
}
