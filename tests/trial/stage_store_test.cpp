#include "qsweep/trial/stage_store.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/file_lock.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using namespace qsweep;

TEST_CASE("a stage is computed once for its key, and again when its file is damaged", "[trial]") {
  const test::ScratchFolder folder;
  StageStore store(folder.path() + "/stages");
  int made = 0;
  const auto make = [&] {
    ++made;
    return NamedTensors{{"x", torch::full({2}, static_cast<float>(made))}};
  };
  CHECK(store.get({{"seed", 1}}, make).at(0).second.equal(torch::ones({2})));
  CHECK(store.get({{"seed", 1}}, make).at(0).second.equal(torch::ones({2})));
  CHECK(made == 1);
  store.get({{"seed", 2}}, make);
  CHECK(made == 2);
  std::ofstream(store.path_of({{"seed", 1}}), std::ios::trunc) << "cut";
  CHECK(store.get({{"seed", 1}}, make).at(0).second.equal(torch::full({2}, 3.0F)));
  CHECK(made == 3);
}

TEST_CASE("a stage that another computes is waited for, which is told and not counted", "[trial]") {
  using namespace std::chrono_literals;
  const test::ScratchFolder folder;
  WorkerSignals signals;
  std::vector<bool> told;
  signals.wait = [&](bool waits) { told.push_back(waits); };
  StageStore store(folder.path() + "/stages", signals);
  std::optional<FileLock> other(store.path_of({{"seed", 1}}) + ".lock");
  std::thread end_of_other([&] {
    std::this_thread::sleep_for(200ms);
    other.reset();
  });
  const NamedTensors made = store.get({{"seed", 1}}, [] {
    return NamedTensors{{"x", torch::ones({2})}};
  });
  end_of_other.join();
  CHECK(made.size() == 1);
  CHECK(told == std::vector<bool>{true, false});
  CHECK(store.waited() >= 100ms);
}

TEST_CASE("a worker that is asked to stop does not wait for another's stage", "[trial]") {
  const test::ScratchFolder folder;
  WorkerSignals signals;
  signals.stop_requested = [] { return true; };
  StageStore store(folder.path() + "/stages", signals);
  const auto make = [] { return NamedTensors{{"x", torch::ones({2})}}; };
  {
    const FileLock other(store.path_of({{"seed", 1}}) + ".lock");
    CHECK_THROWS_AS(store.get({{"seed", 1}}, make), TrialStopped);
  }
  CHECK(store.get({{"seed", 1}}, make).size() == 1);  // nobody has it any more
}

TEST_CASE("a stage that cannot be kept is an error that names the folder", "[trial]") {
  const test::ScratchFolder folder;
  std::ofstream(folder.path() + "/file") << "no folder";
  CHECK_THROWS_AS(StageStore(folder.path() + "/file/stages"), WriteError);
}
