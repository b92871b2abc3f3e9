// On real images, where they are there: QSWEEP_CIFAR10_JPEG names the unpacked JPEG folder.

#include <cmath>
#include <filesystem>

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;

namespace {

const std::string kSource = QSWEEP_TEST_SOURCE_DIR;
const std::string kShared = kSource + "/../shared";

double percent(const CsvRow& row, const std::string& column) {
  return std::stod(row.at(column));
}

}  // namespace

TEST_CASE("CIFAR-10 as JPEG: the float accuracy is the known one, the quantized ones the peer's",
          "[sweep][slow]") {
  const char* images = std::getenv("QSWEEP_CIFAR10_JPEG");
  if (images == nullptr || !std::filesystem::exists(kShared + "/models")) {
    WARN("skipped: QSWEEP_CIFAR10_JPEG is not set, or there are no weights");
    return;
  }
  const ScratchFolder folder;
  const std::string weights = kShared + "/models/resnet20_cifar10jpeg.state.pt";
  const Finished ours =
      shell("CIFAR10_ROOT='" + std::string(images) + "' RESNET20_WEIGHTS='" + weights +
            "' " QSWEEP_COMMAND " '" + kSource + "/experiments/cifar10_bits.yaml' -o '" +
            folder.path("run") + "' --only 'bits>=6'");
  INFO(ours.out);
  REQUIRE(ours.code == 0);
  std::map<std::string, double> expected;
  for (const CsvRow& row : csv_rows(read_text(kSource + "/tests/sweep/peer_cifar10.csv"))) {
    expected[row.at("policy") + row.at("bits")] = percent(row, "top1_ptq");
  }
  int compared = 0;
  for (const CsvRow& row : csv_rows(read_text(folder.path("run/results.csv")))) {
    if (row.at("status") != "done") {
      continue;
    }
    if (row.at("policy") == "float") {
      CHECK(std::abs(percent(row, "top1") - 88.40) <= 0.05);
      continue;
    }
    const std::string key = row.at("policy") + row.at("bits");
    INFO(key);
    CHECK(std::abs(percent(row, "top1_ptq") - expected.at(key)) <=
          (row.at("bits") == "8" ? 1.0 : 1.5));
    ++compared;
  }
  CHECK(compared == 4);
}

TEST_CASE("MNIST's test files train and quantize a LeNet-5", "[sweep][slow]") {
  if (!std::filesystem::exists(kShared + "/data")) {
    WARN("skipped: there are no MNIST files");
    return;
  }
  const ScratchFolder folder;
  const Finished finished =
      shell("MNIST_ROOT='" + kShared + "/data' " QSWEEP_COMMAND " '" + kSource +
            "/experiments/mnist_lenet5.yaml' -o '" + folder.path("run") +
            "' --set 'data.train=test[:8000]' --set 'data.test=test[8000:]'");
  INFO(finished.out);
  REQUIRE(finished.code == 0);
  const auto rows = csv_rows(read_text(folder.path("run/results.csv")));
  REQUIRE(rows.size() == 6);
  CHECK(rows[0].at("images") == "2000");
  CHECK(percent(rows[0], "top1") > 97);
  CHECK(percent(rows[1], "top1") > percent(rows[0], "top1") - 1);  // 8 bits
}
