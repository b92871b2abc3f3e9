#include "qsweep/data/dataset.hpp"

#include <set>

#include "sandbox.hpp"

namespace qsweep {
namespace {

/// MNIST's test files with 20 images of the classes 0 and 1 in turn.
class TwentyImages {
 public:
  TwentyImages() {
    std::vector<int> labels;
    for (int i = 0; i < 20; ++i) {
      labels.push_back(i % 2);
    }
    for (const std::string prefix : {"train", "t10k"}) {
      sandbox_.write(prefix + "-images-idx3-ubyte", idx_images(20, 2, 2));
      sandbox_.write(prefix + "-labels-idx1-ubyte", idx_labels(labels));
    }
    settings = settings_for("mnist", sandbox_.path(""));
  }
  Dataset open() const { return open_dataset(settings, sandbox_.cache(), 1); }
  std::string error() const {
    return message_of<ConfigError>([&] { open(); });
  }
  std::string path(const std::string& name) const { return sandbox_.path(name); }

  Settings settings;

 private:
  Sandbox sandbox_;
};

}  // namespace

TEST_CASE("the catalog has a line for every data set", "[data]") {
  CHECK(names_of(dataset_catalog()) ==
        std::vector<std::string>{
            "synthetic", "cifar10", "cifar100", "mnist", "fashion_mnist", "image_folder"});
  for (const Catalog::Dataset& dataset : dataset_catalog()) {
    CHECK(dataset.needs_root == (dataset.name != "synthetic"));
    CHECK(dataset.mean.size() == dataset.std.size());
  }
}

TEST_CASE("an unknown data set gets the nearest name", "[data]") {
  CHECK(message_of<ConfigError>([] { open_dataset(settings_for("cifar01", ""), "/tmp", 1); }) ==
        "unknown data set 'cifar01'; did you mean 'cifar10'?");
}

TEST_CASE("a data set without its root says so", "[data]") {
  CHECK(message_of<ConfigError>([] { open_dataset(settings_for("mnist", ""), "/tmp", 1); }) ==
        "data.root: 'mnist' needs it: the folder of its files; or say download: true");
  CHECK(message_of<ConfigError>([] {
          open_dataset(settings_for("image_folder", ""), "/tmp", 1);
        }) == "data.root: 'image_folder' needs it: the folder of its files");
  Settings settings = settings_for("image_folder", "/x");
  settings.data.download = true;
  CHECK(message_of<ConfigError>([&] { open_dataset(settings, "/tmp", 1); }) ==
        "data.download: 'image_folder' cannot be downloaded");
}

TEST_CASE("mean and std can be given, one value per channel", "[data]") {
  TwentyImages mnist;
  mnist.settings.data.mean = {.25};
  CHECK(mnist.open().mean == std::vector<double>{.25});
  CHECK(mnist.open().std == std::vector<double>{.3081});
  mnist.settings.data.std = {.1, .2, .3};
  CHECK(mnist.error() == "data.std: 3 values for images of 1 channels");
}

TEST_CASE("a validation slice shares the decoded split", "[data]") {
  TwentyImages mnist;
  mnist.settings.data.train = "train[:15]";
  mnist.settings.validation = "train[15:]";
  const Dataset dataset = mnist.open();
  CHECK(dataset.train->count() == 15);
  REQUIRE(dataset.validation);
  CHECK(dataset.validation->count() == 5);
  CHECK_FALSE(dataset.validation_fingerprint.empty());
  mnist.settings.validation.clear();
  CHECK(mnist.open().fingerprint == dataset.fingerprint);
  CHECK(mnist.open().validation_fingerprint.empty());
  CHECK(dataset.validation->pixels(0) == dataset.train->pixels(14) + 4);
  CHECK(dataset.warnings.empty());
  CHECK(dataset.shared_images == 0);
}

TEST_CASE("parts that overlap are warned of", "[data]") {
  TwentyImages mnist;
  mnist.settings.data.train = "test[:15]";
  CHECK(mnist.open().warnings ==
        std::vector<std::string>{"data.train 'test[:15]' and data.test 'test' share 15 images"});
  CHECK(mnist.open().shared_images == 15);
  mnist.settings.data.test = "test[12:]";
  mnist.settings.validation = "train";
  CHECK(
      mnist.open().warnings ==
      std::vector<std::string>{"data.train 'test[:15]' and data.test 'test[12:]' share 3 images"});
}

TEST_CASE("of parts that are drawn, only drawn images are shared", "[data]") {
  TwentyImages mnist;
  mnist.settings.data.train = "test";
  mnist.settings.data.images = 6;
  mnist.settings.data.test = "test";
  CHECK(mnist.open().shared_images == 6);  // both draw the same
  mnist.settings.data.test = "test[10:]";
  const Dataset dataset = mnist.open();
  std::set<const uint8_t*> trained_on;
  for (int64_t i = 0; i < dataset.train->count(); ++i) {
    trained_on.insert(dataset.train->pixels(i));
  }
  int64_t shared = 0;
  for (int64_t i = 0; i < dataset.test->count(); ++i) {
    shared += static_cast<int64_t>(trained_on.count(dataset.test->pixels(i)));
  }
  CHECK(shared < 6);
  CHECK(dataset.shared_images == shared);
}

TEST_CASE("images limits every split, evenly over the classes", "[data]") {
  TwentyImages mnist;
  mnist.settings.data.images = 6;
  const Dataset dataset = mnist.open();
  REQUIRE(dataset.train->count() == 6);
  int ones = 0;
  for (int64_t i = 0; i < 6; ++i) {
    ones += static_cast<int>(dataset.train->label(i));
  }
  CHECK(ones == 3);
  CHECK(dataset.test->count() == 6);
  mnist.settings.data.images = 50;
  CHECK(mnist.open().train->count() == 20);
}

TEST_CASE("the fingerprint is of the images that are used", "[data]") {
  TwentyImages mnist;
  const std::string whole = mnist.open().fingerprint;
  CHECK(whole.size() == 64);
  mnist.settings.data.train = "train[:]";
  CHECK(mnist.open().fingerprint == whole);
  mnist.settings.data.train = "train[:10]";
  const std::string slice = mnist.open().fingerprint;
  CHECK(slice != whole);
  mnist.settings.data.train = "train[1:11]";
  CHECK(mnist.open().fingerprint != slice);
  mnist.settings.data.train = "";
  mnist.settings.data.images = 10;
  CHECK(mnist.open().fingerprint != whole);
  mnist.settings.data.images = 0;
  mnist.settings.data.resize = 4;
  CHECK(mnist.open().fingerprint != whole);
  CHECK(mnist.open().height == 4);
}

TEST_CASE("an unknown split of a data set gets the nearest name", "[data]") {
  TwentyImages mnist;
  mnist.settings.validation = "trian[:5]";
  CHECK(mnist.error() == "validation: unknown split 'trian'; did you mean 'train'?");
}

}  // namespace qsweep
