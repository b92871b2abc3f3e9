// Every quantizer, each with every choice that it offers, from its line of YAML to its row of
// results.csv.

#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;

namespace {

const std::vector<std::string> kWeights{
    "sign",
    "{quantizer: sign, scale: mean_abs}",
    "{quantizer: sign, scale: mean_abs, granularity: per_channel, gradient: identity}",
    "{quantizer: sign, scale: max_abs, gradient: polynomial}",
    "{quantizer: sign, gradient: tanh}",
    "{quantizer: sign, gradient: swish}",
    "{quantizer: sign, stochastic: true, clip_latent: true}",
    "ternary",
    "{quantizer: ternary, granularity: per_channel, threshold: 0.75}",
    "{quantizer: ternary, method: ttq}",
    "{quantizer: ternary, method: ttq, start: one}",
    "{quantizer: ternary, method: ttq, granularity: per_channel, max_threshold: 0.1}",
    "{quantizer: uniform, bits: 3}",
    "{quantizer: uniform, bits: 3, granularity: per_channel, narrow: false}",
    "{quantizer: uniform, bits: 3, granularity: per_group, group: 16}",
    "{quantizer: uniform, bits: 3, symmetric: false, narrow: false}",
    "{quantizer: uniform, bits: 3, scale: power_of_two}",
    "{quantizer: uniform, bits: 3, scale: nearest_power_of_two}",
    "{quantizer: uniform, bits: 3, rounding: stochastic}",
    "{quantizer: uniform, bits: 3, calibrate: mse}",
    "{quantizer: dorefa, bits: 1}",
    "{quantizer: dorefa, bits: 3}",
    "{quantizer: dorefa, bits: 3, rescale: false, gradient: identity}",
    "{quantizer: lsq, bits: 3}",
    "{quantizer: lsq, bits: 3, granularity: per_channel, gradient_scale: false}",
    "{quantizer: lsq_plus, bits: 3}",
    "{quantizer: lsq_plus, bits: 3, granularity: per_channel, gradient_scale: false}",
    "{quantizer: power_of_two, bits: 3}",
    "{quantizer: power_of_two, bits: 4, powers: half}",
    "{quantizer: power_of_two, bits: 3, scale: power_of_two, granularity: per_channel}",
    "{quantizer: apot, bits: 3}",
    "{quantizer: apot, bits: 3, rescale: false}",
    "{quantizer: apot, bits: 3, normalize: false, alpha: 0}",
    "{quantizer: log2, bits: 3}",
    "{quantizer: log2, bits: 3, granularity: per_channel}",
    "e4m3",
    "e5m2",
    "e3m2",
    "e2m3",
    "e2m1",
    "bf16",
    "fp16",
    "{quantizer: minifloat, format: {exponent: 3, mantissa: 4}}",
    "{quantizer: minifloat, format: e2m1, scale: max_abs, granularity: per_channel, ties: away}",
    "{quantizer: minifloat, format: e4m3, saturate: false}",
    "{quantizer: mxfp4, block: 4}",
    "{quantizer: mxfp6_e3m2, block: 4}",
    "{quantizer: mxfp6_e2m3, block: 4, ties: away}",
    "{quantizer: mxfp8_e4m3, block: 4}",
    "{quantizer: mxfp8_e5m2, block: 3, axis: last}",
    "{quantizer: mx, format: mxint8, block: 4}",
    "nvfp4",
};

const std::vector<std::string> kOutputs{
    "sign",
    "{quantizer: sign, gradient: polynomial}",
    "{quantizer: sign, stochastic: true}",
    "{quantizer: uniform, bits: 3}",
    "{quantizer: uniform, bits: 3, granularity: per_channel}",
    "{quantizer: uniform, bits: 3, symmetric: true, signed: false}",
    "{quantizer: uniform, bits: 3, rounding: stochastic}",
    "{quantizer: uniform, bits: 3, calibrate: ema}",
    "{quantizer: uniform, bits: 3, calibrate: {name: percentile, p: 99}}",
    "{quantizer: uniform, bits: 3, calibrate: mse}",
    "{quantizer: uniform, bits: 3, calibrate: entropy}",
    "{quantizer: uniform, bits: 3, calibrate: aciq}",
    "{quantizer: uniform, bits: 3, calibrate: {name: aciq, distribution: gauss}}",
    "{quantizer: dorefa, bits: 3}",
    "{quantizer: pact, bits: 3}",
    "{quantizer: pact, bits: 3, alpha: 0}",
    "{quantizer: lsq, bits: 3}",
    "{quantizer: lsq, bits: 3, signed: true}",
    "{quantizer: lsq_plus, bits: 3}",
    "{quantizer: power_of_two, bits: 3, signed: false}",
    "{quantizer: apot, bits: 3}",
    "{quantizer: apot, bits: 3, alpha: 0}",
    "{quantizer: log2, bits: 3, signed: false}",
    "e4m3",
    "{quantizer: minifloat, format: e2m1, scale: max_abs}",
    "{quantizer: mxfp4, block: 4}",
    "{quantizer: mxint8, block: 4, axis: last}",
    "nvfp4",
};

// A policy for each line, named by its place: w0, w1, ... for weights, o0, o1, ... for ReLUs.
std::string experiment() {
  std::string policies;
  std::string names;
  const auto add = [&](const std::string& name, const std::string& rule) {
    policies += "  " + name + ":\n    - " + rule + "\n";
    names += (names.empty() ? "" : ", ") + name;
  };
  for (size_t i = 0; i < kWeights.size(); ++i) {
    add("w" + std::to_string(i),
        "{type: Conv2d, not: {position: first}, weight: " + kWeights[i] + "}");
  }
  for (size_t i = 0; i < kOutputs.size(); ++i) {
    add("o" + std::to_string(i), "{type: ReLU, output: " + kOutputs[i] + "}");
  }
  return "qsweep: 1\nname: quantizers\n"
         "data: {name: synthetic, images: 40, augment: none}\n"
         "pretrain: {epochs: 1, lr: 0.02, batch: 20}\n"
         "calibrate: {images: 20}\n"
         "finetune: {epochs: 1, lr: 0.01, batch: 20}\n"
         "policies:\n" +
         policies + "matrix:\n  model: resnet20\n  policy: [" + names + "]\n";
}

}  // namespace

TEST_CASE("every quantizer and every choice it offers gives a row of its own", "[sweep]") {
  const ScratchFolder folder;
  write_text(folder.path("all.yaml"), experiment());
  const Finished run =
      shell("cd '" + folder.path() + "' && QSWEEP_CACHE=cache " QSWEEP_COMMAND " all.yaml -o run");
  INFO(run.out);
  REQUIRE(run.code == 0);
  const auto rows = csv_rows(read_text(folder.path("run/results.csv")));
  REQUIRE(rows.size() == 1 + kWeights.size() + kOutputs.size());
  std::set<std::string> trials;
  for (const CsvRow& row : rows) {
    INFO(row.at("policy"));
    CHECK(row.at("status") == "done");
    CHECK(trials.insert(row.at("trial")).second);
  }
}
