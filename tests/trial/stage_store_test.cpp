#include "qsweep/trial/stage_store.hpp"

#include "qsweep/core/error.hpp"

#include <filesystem>
#include <fstream>

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

TEST_CASE("a stage that cannot be kept is an error that names the folder", "[trial]") {
  const test::ScratchFolder folder;
  std::ofstream(folder.path() + "/file") << "no folder";
  CHECK_THROWS_AS(StageStore(folder.path() + "/file/stages"), WriteError);
}
