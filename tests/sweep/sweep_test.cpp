#include <set>

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;

namespace {

// Small enough for seconds: 300 images of each split, a network of three layers.
const std::string kSmall = R"(qsweep: 1
name: small
data: {name: synthetic, images: 300, augment: none}
pretrain: {epochs: 2, optimizer: adam, lr: 0.003, batch: 32}
calibrate: {images: 64}
finetune: {epochs: 1, optimizer: adam, lr: 0.001, batch: 32}
policies:
  weights:
    - type: Linear
      weight: {quantizer: uniform, bits: $bits, granularity: per_channel}
  binary:
    - type: Linear
      not: {position: [first, last]}
      weight: {quantizer: sign, scale: mean_abs, granularity: per_channel}
      input: {quantizer: sign}
matrix:
  model: [{model: mlp, width: 32, depth: 2, as: net}]
  policy: [weights]
  bits: [8, 2]
include:
  - {model: net, policy: binary}
)";

// The policy `own` does not look at calibrate.method, nor `outputs` at p.
const std::string kCalibrators = R"(qsweep: 1
name: calibrators
data: {name: synthetic, images: 300, augment: none}
pretrain: {epochs: 2, optimizer: adam, lr: 0.003, batch: 32}
calibrate: {images: 64}
evaluate: {batch: 16}
policies:
  outputs:
    - type: ReLU
      output: {quantizer: uniform, bits: 3}
  own:
    - type: ReLU
      output: {quantizer: uniform, bits: 3, calibrate: {name: percentile, p: $p}}
    - type: Linear
      weight: {quantizer: uniform, bits: 3, granularity: per_channel, calibrate: mse}
matrix:
  model: [{model: mlp, width: 32, depth: 2, as: net}]
  policy: [outputs, own]
  calibrate.method: [minmax, ema, percentile, mse, entropy, aciq, mean_abs, sigma]
  p: [99, 70]
)";

}  // namespace

TEST_CASE("a sweep gives a row per trial, the same for one and two workers, and continues",
          "[sweep]") {
  const Sweep sweep("small.yaml", kSmall);
  const Finished one = sweep.run("small.yaml -o one -j 1");
  INFO(one.out);
  REQUIRE(one.code == 0);
  const auto rows = csv_rows(sweep.results("one"));
  REQUIRE(rows.size() == 4);
  for (const auto& row : rows) {
    CHECK(row.at("status") == "done");
    CHECK(row.at("images") == "300");
  }
  CHECK(rows[0].at("policy") == "float");
  CHECK(rows[1].at("weight_bits") == "8");
  CHECK(rows[3].at("policy") == "binary");

  REQUIRE(sweep.run("small.yaml -o two -j 2").code == 0);
  CHECK(sweep.results("two") == sweep.results("one"));

  const std::string journal = shell("cat '" + sweep.folder.path("one") + "'/journal/*").out;
  const Finished again = sweep.run("small.yaml -o one -j 1");
  CHECK(again.code == 0);
  CHECK(shell("cat '" + sweep.folder.path("one") + "'/journal/*").out == journal);
}

TEST_CASE("a gate on timings has evaluations run again, and results.csv stays as it is",
          "[sweep]") {
  const Sweep sweep("small.yaml", kSmall);
  REQUIRE(sweep.run("small.yaml -o plain -j 2").code == 0);
  const std::string gate = " --gate 'images_per_s drop <= 99.9% repeats 3 where bits=2'";
  const Finished timed = sweep.run("small.yaml -o timed -j 1" + gate);
  INFO(timed.out);
  CHECK(timed.code == 0);
  CHECK(sweep.results("timed") == sweep.results("plain"));
  const auto rows = csv_rows(read_text(sweep.folder.path("timed/timings.csv")));
  REQUIRE(rows.size() == 4);
  for (const auto& row : rows) {
    const bool is_timed = row.at("policy") == "float" || row.at("bits") == "2";
    CHECK(row.at("repeats") == (is_timed ? "3" : ""));
    CHECK(row.at("timing_s").empty() != is_timed);
    CHECK(std::stod(row.at("images_per_s")) > 0);
  }
  // Against itself nothing is slower.
  CHECK(sweep.run("report timed --gate 'images_per_s drop <= 0% vs ./timed repeats 3 where bits=2'")
            .code == 0);
}

TEST_CASE("every calibrator runs from a file, with parameters from the matrix", "[sweep]") {
  const Sweep sweep("calibrators.yaml", kCalibrators);
  const Finished plan = sweep.run("plan calibrators.yaml");
  INFO(plan.out);
  CHECK_THAT(plan.out, ContainsSubstring("calibrators: 33 rows, 11 distinct trials, 0 done"));
  const Finished run = sweep.run("calibrators.yaml -o run -j 2");
  INFO(run.out);
  REQUIRE(run.code == 0);
  std::set<std::string> losses;
  for (const auto& row : csv_rows(sweep.results("run"))) {
    CHECK(row.at("status") == "done");
    losses.insert(row.at("loss"));
  }
  CHECK(losses.size() >= 8);  // ranges that cover everything may be the same
}

TEST_CASE("calibrating on images that are evaluated is said by plan, run and report", "[sweep]") {
  const Sweep sweep("calibrators.yaml", kCalibrators);
  const std::string file = "calibrators.yaml --set data.train=test ";
  const std::string shared = "ranges are calibrated on images that are evaluated";
  CHECK_THAT(
      sweep.run("plan " + file).out,
      ContainsSubstring("warning: " + shared + ": data.train and data.test share 300 images\n"));
  const Finished run = sweep.run("run " + file + "-o run --only calibrate.method=minmax,p=99");
  INFO(run.out);
  REQUIRE(run.code == 0);
  const std::string note =
      "warning: " + shared + ": the training and the evaluated split share 300 images\n";
  CHECK_THAT(run.out, ContainsSubstring(note));
  CHECK_THAT(sweep.run("report run").out, ContainsSubstring(note));
}

TEST_CASE("errors of data and weights come with their place in the file", "[sweep]") {
  const Sweep sweep("small.yaml", kSmall);
  write_text(sweep.folder.path("bad.pt"), "no weights");
  std::string text = kSmall;
  const std::string before = "{model: mlp, width: 32, depth: 2, as: net}";
  text.replace(text.find(before), before.size(), "{model: mlp, weights: bad.pt, as: net}");
  write_text(sweep.folder.path("bad.yaml"), text);
  const Finished finished = sweep.run("plan bad.yaml");
  CHECK(finished.code == 2);
  CHECK_THAT(finished.out, ContainsSubstring("bad.yaml:17:33: error: "));
  CHECK_THAT(finished.out, ContainsSubstring("bad.pt"));
}
