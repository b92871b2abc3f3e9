#include "qsweep/data/idx.hpp"

#include "qsweep/data/dataset.hpp"

#include "sandbox.hpp"

namespace qsweep {
namespace {

const std::vector<int> kLabels = {2, 0, 1};

/// What reading a pair of files says, one or both of which are wrong.
std::string error_of(const std::string& images, const std::string& labels) {
  const Sandbox sandbox;
  const std::string images_path = sandbox.write("images", images);
  const std::string labels_path = sandbox.write("labels", labels);
  std::string text = message_of<IoError>([&] { read_idx(images_path, labels_path, 3); });
  for (size_t at = text.find(sandbox.path("")); at != std::string::npos;
       at = text.find(sandbox.path(""))) {
    text.erase(at, sandbox.path("").size());
  }
  return text;
}

void write_mnist(const Sandbox& sandbox, const std::string& prefix) {
  sandbox.write(prefix + "-images-idx3-ubyte", idx_images(3, 2, 2));
  sandbox.write(prefix + "-labels-idx1-ubyte", idx_labels(kLabels));
}

}  // namespace

TEST_CASE("IDX files are read plain and packed", "[data]") {
  const Sandbox sandbox;
  const bool packed = GENERATE(false, true);
  const std::string images = idx_images(3, 2, 2);
  const std::string labels = idx_labels(kLabels);
  const FlatImages flat = read_idx(sandbox.write("images", packed ? gzip(images) : images),
                                   sandbox.write("labels", packed ? gzip(labels) : labels),
                                   3);
  CHECK(flat.height == 2);
  CHECK(flat.width == 2);
  CHECK(flat.channels == 1);
  CHECK(flat.pixels == std::vector<uint8_t>{0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23});
  CHECK(flat.labels == std::vector<int64_t>{2, 0, 1});
}

TEST_CASE("what is wrong with an IDX file is said with its name", "[data]") {
  const std::string images = idx_images(3, 2, 2);
  const std::string labels = idx_labels(kLabels);
  CHECK(error_of(labels, labels) ==
        "images: wrong magic number 0x00000801; IDX files of images start with 0x00000803");
  CHECK(error_of(images, images) ==
        "labels: wrong magic number 0x00000803; IDX files of labels start with 0x00000801");
  CHECK(error_of(images.substr(0, 10), labels) ==
        "images: truncated: 10 bytes, the header of IDX files of images has 16");
  CHECK(error_of("", labels) ==
        "images: truncated: 0 bytes, the header of IDX files of images has 16");
  CHECK(error_of(images.substr(0, 27), labels) ==
        "images: truncated: 11 bytes after the header, which announces 12");
  CHECK(error_of(images + "x", labels) ==
        "images: too long: 13 bytes after the header, which announces 12");
  CHECK(error_of(images, idx_labels({0, 1})) == "labels: 2 labels for the 3 images of images");
  CHECK(error_of(images, idx_labels({0, 1, 3})) ==
        "labels: label 3 of image 2 is out of range; allowed are 0 to 2");
  CHECK(
      error_of(idx_images(3, 0, 2), labels) ==
      "images: the header announces 3x0x2 bytes; sizes are above 0 and their product at most 2^40");
  const std::string packed = gzip(images);
  CHECK(error_of(packed.substr(0, packed.size() - 10), labels) ==
        "images: truncated: the gzip data ends early");
  std::string damaged = packed;
  damaged[packed.size() - 6] ^= 0x55;  // in the checksum at the end
  CHECK(error_of(damaged, labels) == "images: damaged gzip data");
}

TEST_CASE("MNIST's files are found in the root and where torchvision puts them", "[data]") {
  const Sandbox sandbox;
  const std::string folder = GENERATE("", "MNIST/raw/");
  write_mnist(sandbox, folder + "train");
  write_mnist(sandbox, folder + "t10k");
  const Dataset dataset = open_dataset(settings_for("mnist", sandbox.path("")), sandbox.cache(), 1);
  CHECK(dataset.train->count() == 3);
  CHECK(dataset.test->count() == 3);
  CHECK(dataset.channels == 1);
  CHECK(dataset.mean == std::vector<double>{.1307});
  CHECK(dataset.classes.size() == 10);
  CHECK(dataset.test->pixels(2)[3] == 23);
  CHECK(dataset.test->label(0) == 2);
}

TEST_CASE("MNIST's test files alone can be both splits", "[data]") {
  const Sandbox sandbox;
  write_mnist(sandbox, "t10k");
  Settings settings = settings_for("mnist", sandbox.path(""));
  CHECK(message_of<IoError>([&] { open_dataset(settings, sandbox.cache(), 1); }) ==
        sandbox.path("train-images-idx3-ubyte") +
            ": missing, and so is train-images-idx3-ubyte.gz; the test files alone will do with "
            "train: \"test[:8000]\", test: \"test[8000:]\"");
  settings.data.train = "test[:2]";
  settings.data.test = "test[2:]";
  const Dataset dataset = open_dataset(settings, sandbox.cache(), 1);
  CHECK(dataset.train->count() == 2);
  CHECK(dataset.test->count() == 1);
  CHECK(dataset.test->pixels(0)[0] == 20);
  CHECK(dataset.warnings.empty());
}

TEST_CASE("a missing label file is named", "[data]") {
  const Sandbox sandbox;
  write_mnist(sandbox, "train");
  write_mnist(sandbox, "t10k");
  std::filesystem::remove(sandbox.path("t10k-labels-idx1-ubyte"));
  CHECK(message_of<IoError>(
            [&] { open_dataset(settings_for("mnist", sandbox.path("")), sandbox.cache(), 1); }) ==
        sandbox.path("t10k-labels-idx1-ubyte") + ": missing, and so is t10k-labels-idx1-ubyte.gz");
}

}  // namespace qsweep
