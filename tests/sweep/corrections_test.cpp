// Corrections from the experiment file to the table, on few images.

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;

namespace {

const std::string kCorrected = R"(qsweep: 1
name: corrected
data: {name: synthetic, images: 100, augment: none}
pretrain: {epochs: 1, optimizer: adam, lr: 0.003, batch: 50}
calibrate: {images: 32}
evaluate: {batch: 50}
policies:
  weights:
    - {type: [Conv2d, Linear], weight: {quantizer: uniform, bits: 4}}
matrix:
  model: [{model: resnet20, weights: )" QSWEEP_TEST_SOURCE_DIR
                               R"(/model_zoo/weights/resnet20_synthetic.pt}, lenet5]
  policy: [weights]
  corrections:
    - none
    - fold_batchnorm
    - [fold_batchnorm, equalize]
    - reestimate_batchnorm
    - bias_correction
    - [fold_batchnorm, {name: adaround, iterations: 20, batch: 8}]
)";

}  // namespace

TEST_CASE("every correction runs from the file, and those that find nothing are no trial",
          "[sweep]") {
  const Sweep sweep("corrected.yaml", kCorrected);
  const Finished plan = sweep.run("plan corrected.yaml");
  INFO(plan.out);
  REQUIRE(plan.code == 0);
  const std::string heading = "what each correction acts on\n";
  const std::string table = plan.out.substr(plan.out.find(heading) + heading.size());
  CHECK(table.substr(0, table.find("\n\n")) ==
        R"(  correction            after           policy   model     layers
  fold_batchnorm                                 resnet20  19: conv1, layer1.0.conv1, layer1.0.conv2, layer1.1.conv1, layer1.1.conv2, layer1.2.conv1, ... (19)
  equalize              fold_batchnorm           resnet20  9: layer1.0.conv1, layer1.1.conv1, layer1.2.conv1, layer2.0.conv1, layer2.1.conv1, layer2.2.conv1, ... (9)
  reestimate_batchnorm                  weights  resnet20  19: bn1, layer1.0.bn1, layer1.0.bn2, layer1.1.bn1, layer1.1.bn2, layer1.2.bn1, ... (19)
  bias_correction                       weights  resnet20  20: conv1, layer1.0.conv1, layer1.0.conv2, layer1.1.conv1, layer1.1.conv2, layer1.2.conv1, ... (20)
  adaround              fold_batchnorm  weights  resnet20  20: conv1, layer1.0.conv1, layer1.0.conv2, layer1.1.conv1, layer1.1.conv2, layer1.2.conv1, ... (20)
  fold_batchnorm                                 lenet5    nothing
  equalize              fold_batchnorm           lenet5    3: conv1, fc1, fc2
  reestimate_batchnorm                  weights  lenet5    nothing
  bias_correction                       weights  lenet5    5: conv1, conv2, fc1, fc2, fc3
  adaround              fold_batchnorm  weights  lenet5    5: conv1, conv2, fc1, fc2, fc3)");

  const Finished finished = sweep.run("corrected.yaml -o run");
  INFO(finished.out);
  REQUIRE(finished.code == 0);
  const auto rows = csv_rows(sweep.results("run"));
  REQUIRE(rows.size() == 14);
  for (const CsvRow& row : rows) {
    CHECK(row.at("status") == "done");
    CHECK(row.at("top1_float") == (row.at("model") == "lenet5" ? rows[7] : rows[0]).at("top1"));
  }
  CHECK(rows[6].at("corrections") == "fold_batchnorm+adaround(iterations=20 batch=8)");
  const auto sqnr = [&](size_t row) { return std::stod(rows[row].at("sqnr_db")); };
  for (const size_t row : {4U, 5U, 6U}) {
    INFO(rows[row].at("corrections"));
    CHECK(sqnr(row) > sqnr(1));
  }
  CHECK(rows[9].at("trial") == rows[8].at("trial"));  // lenet5 has no norms
  CHECK(rows[11].at("trial") == rows[8].at("trial"));
  CHECK(rows[10].at("trial") != rows[8].at("trial"));
}
