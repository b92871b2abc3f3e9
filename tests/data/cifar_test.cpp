#include "qsweep/data/dataset.hpp"

#include "sandbox.hpp"

namespace qsweep {
namespace {

/// A record whose red plane is `value` everywhere, green is 100, and blue counts up.
std::string record(const std::string& labels, int value) {
  std::string bytes = labels + std::string(1024, static_cast<char>(value)) + std::string(1024, 100);
  for (int i = 0; i < 1024; ++i) {
    bytes += static_cast<char>(i % 256);
  }
  return bytes;
}

std::string one(int label) {
  return {static_cast<char>(label)};
}

void write_cifar10(const Sandbox& sandbox, const std::string& folder) {
  for (int i = 1; i <= 5; ++i) {
    sandbox.write(folder + "data_batch_" + std::to_string(i) + ".bin",
                  record(one(i), 10 * i) + record(one(0), 10 * i + 1));
  }
  sandbox.write(folder + "test_batch.bin", record(one(9), 99));
}

}  // namespace

TEST_CASE("CIFAR-10's planes become pixels, its batches one split", "[data]") {
  const Sandbox sandbox;
  write_cifar10(sandbox, GENERATE("", "cifar-10-batches-bin/"));
  const Dataset dataset =
      open_dataset(settings_for("cifar10", sandbox.path("")), sandbox.cache(), 2);
  CHECK(dataset.train->count() == 10);
  CHECK(dataset.test->count() == 1);
  CHECK(dataset.channels == 3);
  CHECK(dataset.height == 32);
  CHECK(dataset.classes[9] == "truck");
  CHECK(dataset.train->label(8) == 5);
  CHECK(dataset.train->label(9) == 0);
  const uint8_t* pixel = dataset.train->pixels(9) + 3 * 37;
  CHECK(pixel[0] == 51);
  CHECK(pixel[1] == 100);
  CHECK(pixel[2] == 37);
  CHECK(dataset.mean == std::vector<double>{.4914, .4822, .4465});
}

TEST_CASE("CIFAR-100's class is its fine label", "[data]") {
  const Sandbox sandbox;
  sandbox.write("train.bin", record(one(19) + one(99), 1) + record(one(3) + one(0), 2));
  sandbox.write("test.bin", record(one(1) + one(42), 3));
  const Dataset dataset =
      open_dataset(settings_for("cifar100", sandbox.path("")), sandbox.cache(), 1);
  CHECK(dataset.classes.size() == 100);
  CHECK(dataset.train->label(0) == 99);
  CHECK(dataset.test->label(0) == 42);
  CHECK(dataset.test->pixels(0)[0] == 3);
}

TEST_CASE("what is wrong with a CIFAR file is said with its name", "[data]") {
  const Sandbox sandbox;
  write_cifar10(sandbox, "");
  const auto error = [&] {
    return message_of<IoError>(
        [&] { open_dataset(settings_for("cifar10", sandbox.path("")), sandbox.cache(), 1); });
  };
  sandbox.write("data_batch_3.bin", record(one(1), 0).substr(0, 3000));
  CHECK(error() == sandbox.path("data_batch_3.bin") +
                       ": truncated: 3000 bytes, which is not a whole number of records of 3073");
  sandbox.write("data_batch_3.bin", "");
  CHECK(error() == sandbox.path("data_batch_3.bin") +
                       ": truncated: 0 bytes, which is not a whole number of records of 3073");
  sandbox.write("data_batch_3.bin", record(one(1), 0) + record(one(10), 0));
  CHECK(error() == sandbox.path("data_batch_3.bin") +
                       ": label 10 of record 1 is out of range; allowed are 0 to 9");
  std::filesystem::remove(sandbox.path("data_batch_3.bin"));
  CHECK(error() == sandbox.path("data_batch_3.bin") + ": No such file or directory");
}

}  // namespace qsweep
