// TorchScript models in experiment files.

#include <cstdlib>
#include <filesystem>

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;

namespace {

const std::string kScript = QSWEEP_TEST_SOURCE_DIR "/../shared/models/resnet20_cifar10jpeg.ts.pt";

#define REQUIRE_SHARED_MODEL()                \
  if (!std::filesystem::exists(kScript)) {    \
    WARN("skipped: there is no " << kScript); \
    return;                                   \
  }

// The zoo's network and the script of the same weights.
std::string experiment(const std::string& script) {
  return R"(qsweep: 1
name: scripts
data: {name: synthetic, images: 200, augment: none}
calibrate: {images: 32}
policies:
  every_step:
    - type: "*"
      output: {quantizer: uniform, bits: $bits}
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $bits, granularity: per_channel}
matrix:
  model:
    - {model: resnet20, weights: ")" +
         kScript + R"(", as: zoo}
    - )" +
         script + R"(
  policy: every_step
  bits: [8, 4]
)";
}

}  // namespace

TEST_CASE("a script gives the numbers of the zoo's network with its weights", "[sweep]") {
  REQUIRE_SHARED_MODEL();
  const Sweep sweep("x.yaml", experiment("{script: \"" + kScript + "\", as: script}"));
  const Finished plan = sweep.run("plan x.yaml");
  INFO(plan.out);
  REQUIRE(plan.code == 0);
  CHECK_THAT(plan.out, ContainsSubstring("6 rows, 6 distinct trials"));
  const Finished run =
      sweep.run("x.yaml -o run -j 2 --set finetune.epochs=1 --set finetune.lr=0.001");
  INFO(run.out);
  REQUIRE(run.code == 0);
  auto rows = csv_rows(sweep.results("run"));
  REQUIRE(rows.size() == 6);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(rows[i].at("status") == "done");
    CHECK(rows[i].at("model") == "zoo");
    CHECK(rows[i + 3].at("model") == "script");
    for (const char* column :
         {"top1_ptq", "weight_bits", "output_bits", "size_bytes", "macs", "bops", "sqnr_db"}) {
      INFO(column);
      CHECK(rows[i].at(column) == rows[i + 3].at(column));
    }
  }
}

TEST_CASE("a script that cannot be used is refused where it is named", "[sweep]") {
  REQUIRE_SHARED_MODEL();
  const Sweep sweep("x.yaml", experiment("{script: text.pt}"));
  write_text(sweep.folder.path("text.pt"), "no script");
  const Finished refused = sweep.run("plan x.yaml");
  CHECK(refused.code == 2);
  CHECK_THAT(refused.out, ContainsSubstring("x.yaml:14:7: error: "));
  CHECK_THAT(refused.out, ContainsSubstring("text.pt: is no TorchScript archive"));
}

TEST_CASE("on real images a script gives the zoo's table, digit for digit", "[sweep][slow]") {
  REQUIRE_SHARED_MODEL();
  const char* images = std::getenv("QSWEEP_CIFAR10_JPEG");
  if (images == nullptr) {
    WARN("skipped: QSWEEP_CIFAR10_JPEG is not set");
    return;
  }
  const std::string weights =
      QSWEEP_TEST_SOURCE_DIR "/../shared/models/resnet20_cifar10jpeg.state.pt";
  const Sweep sweep("x.yaml",
                    R"(qsweep: 1
name: agreement
data:
  name: image_folder
  root: ")" + std::string(images) +
                        R"("
  mean: [0.485, 0.456, 0.406]
  std: [0.229, 0.224, 0.225]
  images: 300
calibrate: {images: 64}
policies:
  conv_linear:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $bits, granularity: per_channel}
      output: {quantizer: uniform, bits: $bits}
    - position: last
      output: float
  every_step:
    - type: "*"
      output: {quantizer: uniform, bits: $bits}
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $bits, granularity: per_channel}
  inputs:
    - type: [Conv2d, Linear, Add]
      input: {quantizer: uniform, bits: $bits, calibrate: mse}
    - position: [first, last]
      input: {bits: 8}
      weight: {quantizer: uniform, bits: 8}
matrix:
  model:
    - {model: resnet20, weights: ")" +
                        weights + R"(", as: zoo}
    - {script: ")" + kScript +
                        R"(", as: script}
  policy: [conv_linear, every_step, inputs]
  bits: [8, 6, 4, 3, 2]
)");
  const Finished run = sweep.run("x.yaml -o run -q");
  INFO(run.out);
  REQUIRE(run.code == 0);
  auto rows = csv_rows(sweep.results("run"));
  REQUIRE(rows.size() == 32);
  for (size_t i = 0; i < 16; ++i) {
    CHECK(rows[i].at("status") == "done");
    CHECK(rows[i].at("images") == "300");
    for (CsvRow* row : {&rows[i], &rows[i + 16]}) {
      row->erase("model");
      row->erase("trial");
    }
    CHECK(rows[i] == rows[i + 16]);
  }
}
