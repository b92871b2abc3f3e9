#include "qsweep/core/sha256.hpp"
#include "qsweep/data/dataset.hpp"
#include "qsweep/data/sources.hpp"

#include <map>

#include "sandbox.hpp"

namespace qsweep {

TEST_CASE("synthetic has 10,000 and 2,000 images, as many of each of ten classes", "[data]") {
  const Sandbox sandbox;
  const Dataset dataset = open_dataset(Settings{}, sandbox.cache(), 2);
  CHECK(dataset.train->count() == 10000);
  CHECK(dataset.test->count() == 2000);
  CHECK(dataset.classes.size() == 10);
  CHECK(dataset.height == 32);
  CHECK(dataset.width == 32);
  CHECK(dataset.channels == 3);
  std::map<int64_t, int> counts;
  for (int64_t i = 0; i < dataset.test->count(); ++i) {
    ++counts[dataset.test->label(i)];
  }
  CHECK(counts[0] == 200);
  CHECK(counts[9] == 200);
}

TEST_CASE("synthetic is the same whatever the seed and the threads", "[data]") {
  const Sandbox one;
  const Sandbox other;
  Settings settings;
  settings.seed = 5;
  CHECK(open_dataset(Settings{}, one.cache(), 1).fingerprint ==
        open_dataset(settings, other.cache(), 3).fingerprint);
}

// Results are compared across machines and versions: a change of a single pixel is a new data set,
// and then the stamp in synthetic.cpp and the shipped weights have to change with it.
TEST_CASE("synthetic's images are these and no others", "[data]") {
  const auto source = open_synthetic({});
  const auto reader = source->open("train");
  Sha256 hash;
  for (int64_t i = 0; i < 200; ++i) {
    const Image image = reader->image(i);
    hash.add(image.pixels.data(), image.pixels.size());
  }
  CHECK(hash.hex() == "0771ec719741268e03db6071e67efebad510024d8b2c7d97f8bd8d35b02d88bd");
}

}  // namespace qsweep
