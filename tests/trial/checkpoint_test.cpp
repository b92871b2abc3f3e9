// A trial whose worker is asked to stop, or killed, goes on from its checkpoint, and has the record
// of one that nothing disturbed.

#include "qsweep/core/error.hpp"
#include "qsweep/journal/checkpoint_path.hpp"
#include "qsweep/model/state_file.hpp"

#include <chrono>
#include <filesystem>

#include "support/catch.hpp"
#include "trial/bench.hpp"

using namespace qsweep;
using test::one_epoch;
using test::read_text;
using test::ScratchFolder;
using test::write_text;

namespace {

namespace fs = std::filesystem;

// A worker that is asked to stop after so many questions; never where it is 0.
class StoppedBench {
 public:
  explicit StoppedBench(const ScratchFolder& folder, int stop_after = 0, std::string keep = "none")
      : left_(stop_after) {
    Workbench::Options options;
    options.run_directory = folder.path("run");
    options.cache_directory = folder.path("cache");
    options.keep = std::move(keep);
    options.signals.stop_requested = [this] { return stop_ = stop_ || --left_ == 0; };
    options.signals.log = [this](const std::string& line) { log += line + "\n"; };
    bench_ = std::make_unique<Workbench>(Tables{test::small_models()}, options);
  }

  Record run(const Trial& trial) {
    const Record record =
        run_trial(trial, *bench_, [this](const std::string& stage, int epoch, int) {
          stages.push_back(stage + ' ' + std::to_string(epoch));
        });
    forget_checkpoint(record, *bench_);
    return record;
  }
  std::string log;
  std::vector<std::string> stages;

 private:
  int left_;
  bool stop_ = false;
  std::unique_ptr<Workbench> bench_;
};

Trial float_of_three_epochs() {
  Trial trial = test::small_float_trial("normed");
  trial.settings.data.augment = "crop_flip";
  trial.settings.pretrain->epochs = 3;
  return trial;
}

// Three epochs of three steps.
Trial tuned_trial() {
  Trial trial = float_of_three_epochs();
  trial.id = "q";
  const Json lsq{{"quantizer", "lsq"}, {"bits", 3}, {"calibrate", "mean_abs"}};
  trial.groups = {{lsq, {1, 10}, "p:1"}, {lsq, {6}, "p:2"}};
  trial.settings.finetune = one_epoch(0.05);
  trial.settings.finetune->epochs = 3;
  return trial;
}

Json numbers_of(Record record) {
  record.seconds.clear();
  record.peak_memory = record.shared_memory = 0;
  record.images_per_second = 0;
  return record;
}

std::string checkpoint_in(const ScratchFolder& folder) {
  return checkpoint_path(folder.path("run"), "q");
}

}  // namespace

TEST_CASE("a fine-tuning that is asked to stop goes on from its checkpoint", "[trial]") {
  const ScratchFolder undisturbed;
  const Json expected = numbers_of(StoppedBench(undisturbed).run(tuned_trial()));
  REQUIRE(expected.at("failed") == false);
  const ScratchFolder folder;
  StoppedBench(folder).run(float_of_three_epochs());
  // The questions at each step, but an epoch's last, and at each epoch's end: 3 an epoch.
  for (const int question : {2, 2, 2}) {
    StoppedBench stopped(folder, question);
    CHECK_THROWS_AS(stopped.run(tuned_trial()), TrialStopped);
    CHECK(fs::exists(checkpoint_in(folder)));
  }
  StoppedBench last(folder);
  CHECK(numbers_of(last.run(tuned_trial())) == expected);
  CHECK_FALSE(fs::exists(checkpoint_in(folder)));
  CHECK(last.log == "finetune goes on from a checkpoint: after epoch 2 and 0 steps of the next\n");
  const std::vector<std::string> stages{"evaluate 0", "finetune 2", "finetune 3"};
  CHECK(last.stages == stages);
  CHECK(read_text(folder.path("run/trials/q/quantizers.pt")) ==
        read_text(undisturbed.path("run/trials/q/quantizers.pt")));
}

TEST_CASE("a pretraining that is asked to stop goes on, and leaves no checkpoint", "[trial]") {
  const ScratchFolder undisturbed;
  const Json expected = numbers_of(StoppedBench(undisturbed).run(float_of_three_epochs()));
  const ScratchFolder folder;
  StoppedBench stopped(folder, 5);
  CHECK_THROWS_AS(stopped.run(float_of_three_epochs()), TrialStopped);
  StoppedBench again(folder);
  CHECK(numbers_of(again.run(float_of_three_epochs())) == expected);
  CHECK(again.stages.front() == "pretrain 1");
  CHECK(read_text(folder.path("run/trials/f/weights.pt")) ==
        read_text(undisturbed.path("run/trials/f/weights.pt")));
  for (const auto& file : fs::directory_iterator(folder.path("cache/pretrained"))) {
    CHECK(file.path().string().find("checkpoint") == std::string::npos);
  }
}

TEST_CASE("a checkpoint that is cut off, damaged or of another trial does not count", "[trial]") {
  const ScratchFolder folder;
  const Json expected = numbers_of(StoppedBench(folder).run(tuned_trial()));
  StoppedBench stopped(folder, 4);
  REQUIRE_THROWS_AS(stopped.run(tuned_trial()), TrialStopped);
  const std::string whole = read_text(checkpoint_in(folder));
  const auto check = [&](const std::string& bytes, const std::string& reason) {
    write_text(checkpoint_in(folder), bytes);
    StoppedBench again(folder);
    CHECK(numbers_of(again.run(tuned_trial())) == expected);
    CHECK_THAT(again.log, ContainsSubstring(reason));
    CHECK(again.stages.at(1) == "finetune 0");
  };
  check(whole.substr(0, whole.size() / 2), "the checkpoint does not count: ");
  check(whole.substr(0, whole.size() - 1), "the checkpoint does not count: ");
  check("", "the checkpoint does not count: ");
  std::string damaged = whole;
  damaged[whole.size() / 2] = static_cast<char>(damaged[whole.size() / 2] ^ 1);
  check(damaged, "is damaged");

  Trial other = tuned_trial();
  other.id = "q2";
  REQUIRE_THROWS_AS(StoppedBench(folder, 4).run(other), TrialStopped);
  check(read_text(checkpoint_path(folder.path("run"), "q2")), "for other settings");
}

TEST_CASE("what a kill left half written of a trial's files goes with the next attempt",
          "[trial]") {
  const ScratchFolder folder;
  fs::create_directories(folder.path("run/trials/q"));
  for (const char* file : {"checkpoint.pt", "weights.pt", "quantizers.pt"}) {
    const std::string half = folder.path("run/trials/q/") + file + ".unfinished.elsewhere.123";
    write_text(half, "PK");
    fs::last_write_time(half, fs::file_time_type::clock::now() - std::chrono::hours(2));
  }
  StoppedBench(folder).run(tuned_trial());
  for (const auto& file : fs::directory_iterator(folder.path("run/trials/q"))) {
    CHECK(file.path().string().find(".unfinished.") == std::string::npos);
  }
}

TEST_CASE("keep leaves the weights of the last or of the best epoch, or none", "[trial]") {
  const ScratchFolder folder;
  StoppedBench none(folder);
  none.run(tuned_trial());
  CHECK_FALSE(fs::exists(folder.path("run/trials/q/weights.pt")));
  for (const char* keep : {"last", "best"}) {
    StoppedBench bench(folder, 0, keep);
    bench.run(tuned_trial());
    CHECK(read_state_file(folder.path("run/trials/q/weights.pt")).size() == 8);
    CHECK(fs::exists(folder.path("run/trials/q/binding.pt")));
  }
}
