// What a trial leaves in each form of `qsweep export`, read back here and by Python's torch.

#include "qsweep/core/error.hpp"
#include "qsweep/model/named_tensors.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/trial/export_trial.hpp"
#include "qsweep/trial/kept_trial.hpp"

#include <torch/script.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "trial/bench.hpp"

using namespace qsweep;
using test::one_epoch;
using test::ScratchFolder;
using torch::Tensor;

namespace {

// A run that keeps weights.
struct KeepingBench {
  ScratchFolder folder;
  Workbench bench{{test::small_models()}, options()};

  Workbench::Options options() const {
    Workbench::Options options;
    options.run_directory = folder.path("run");
    options.cache_directory = folder.path("cache");
    options.keep = "last";
    return options;
  }
  Record run(const Trial& trial) {
    return run_trial(trial, bench, [](const std::string&, int, int) {});
  }
  Json exported(const Trial& trial, const std::string& as) {
    return export_trial(trial, bench, as, file(as));
  }
  std::string file(const std::string& as) const { return folder.path(as); }
};

// Weights of conv and linear, and what the ReLU makes.
Trial tuned_trial(const Json& weight, const Json& output) {
  Trial trial = test::small_float_trial("normed");
  trial.id = "q";
  trial.groups = {{weight, {1, 10}, "p:1"}, {output, {6}, "p:2"}};
  trial.settings.finetune = one_epoch(0.05);
  return trial;
}

Json uniform(int bits, Json more = Json::object()) {
  Json spec{{"quantizer", "uniform"}, {"bits", bits}, {"calibrate", "minmax"}};
  spec.update(more);
  return spec;
}

// Those with integer codes and those without, as weights.
const std::vector<std::pair<std::string, Json>>& even_weights() {
  static const std::vector<std::pair<std::string, Json>> all{
      {"uniform", uniform(4)},
      {"uniform per channel", uniform(4, {{"granularity", "per_channel"}})},
      {"uniform affine",
       uniform(8, {{"symmetric", false}, {"narrow", false}, {"granularity", "per_channel"}})},
      {"uniform per group", uniform(3, {{"granularity", "per_group"}, {"group", 8}})},
      {"uniform of 16 bits", uniform(16)},
      {"lsq", {{"quantizer", "lsq"}, {"bits", 3}, {"granularity", "per_channel"}}},
      {"lsq_plus", {{"quantizer", "lsq_plus"}, {"bits", 4}}},
      {"sign", {{"quantizer", "sign"}}},
      {"sign with a scale",
       {{"quantizer", "sign"}, {"scale", "mean_abs"}, {"granularity", "per_channel"}}},
      {"twn", {{"quantizer", "ternary"}, {"granularity", "per_channel"}}},
      {"dorefa", {{"quantizer", "dorefa"}, {"bits", 3}}},
      {"dorefa of 1 bit", {{"quantizer", "dorefa"}, {"bits", 1}}}};
  return all;
}

const std::vector<std::pair<std::string, Json>>& uneven_weights() {
  static const std::vector<std::pair<std::string, Json>> all{
      {"ternary", {{"quantizer", "ternary"}, {"method", "ttq"}}},
      {"apot", {{"quantizer", "apot"}, {"bits", 3}}},
      {"power_of_two", {{"quantizer", "power_of_two"}, {"bits", 4}}},
      {"log2", {{"quantizer", "log2"}, {"bits", 4}}},
      {"minifloat", {{"quantizer", "minifloat"}, {"format", "e4m3"}}}};
  return all;
}

// With the folders to look at as arguments: Python's torch takes seconds to start.
bool python_agrees(const ScratchFolder& folder,
                   const std::string& script,
                   const std::vector<std::unique_ptr<KeepingBench>>& benches) {
  test::write_text(folder.path("check.py"), script);
  std::string line = "/usr/bin/python3 '" + folder.path("check.py") + "'";
  for (const auto& bench : benches) {
    line += " '" + bench->folder.path() + "'";
  }
  return std::system(line.c_str()) == 0;
}

bool has_python_torch() {
  return std::system("/usr/bin/python3 -c 'import torch' 2>/dev/null") == 0;
}

const char* const kCheckAll = R"(
import os, sys, torch
torch.set_num_threads(1)
def check(kind):
    floats = torch.load('state_dict')
    quantized = torch.load('quantized')
    codes = torch.load('codes')
    kept = torch.load('run/trials/q/weights.pt')
    assert list(floats) == list(kept), kind
    for name, tensor in kept.items():
        assert torch.equal(tensor, floats[name]), (kind, name)
    coded = [name[:-6] for name in codes if name.endswith('.codes')]
    assert coded == ['conv.weight', 'linear.weight'], (kind, coded)
    for name, tensor in quantized.items():
        if name in coded:
            values = codes[name + '.codes'].float() * codes[name + '.scale']
            if name + '.offset' in codes:
                values = values + codes[name + '.offset']
            assert not codes[name + '.codes'].is_floating_point(), (kind, name)
            assert torch.equal(values, tensor), (kind, name)
            assert not torch.equal(tensor, floats[name]), (kind, name)
        else:
            assert torch.equal(tensor, floats[name]), (kind, name)
            assert torch.equal(tensor, codes[name]), (kind, name)
    module = torch.jit.load('torchscript')
    module.eval()
    state = module.state_dict()
    assert sorted(state) == sorted(quantized), (kind, sorted(state))
    for name, tensor in state.items():
        assert torch.equal(tensor, quantized[name]), (kind, name)
    images = torch.load('images')
    with torch.no_grad():
        logits = module(images['images'])
    assert torch.equal(logits, images['logits']), (kind, (logits - images['logits']).abs().max())
for kind, folder in enumerate(sys.argv[1:]):
    os.chdir(folder)
    check(kind)
)";

// Images that nobody has seen, and what the kept network answers to them.
void write_images(KeepingBench& bench, const Trial& trial) {
  const OnStage on_stage = [](const std::string&, int, int) {};
  const Stage stage{
      trial, trial.settings, bench.bench.dataset(trial.settings), bench.bench, on_stage};
  const KeptTrial kept = open_kept(stage);
  const torch::NoGradGuard no_grad;
  kept.model->train(false);
  kept.binding->begin_evaluation();
  torch::manual_seed(1);
  const Tensor images = torch::randn({7, 3, 32, 32});
  const Tensor logits = kept.model->forward(images.clone(), kept.binding.get());
  write_state_file(bench.folder.path("images"), {{"images", images}, {"logits", logits}});
}

}  // namespace

TEST_CASE("a kept trial is opened as it was evaluated, with every quantizer", "[trial][slow]") {
  std::vector<std::pair<std::string, Json>> all = even_weights();
  all.insert(all.end(), uneven_weights().begin(), uneven_weights().end());
  for (const auto& [name, weight] : all) {
    INFO(name);
    KeepingBench bench;
    Trial trial = tuned_trial(weight, {{"quantizer", "lsq"}, {"bits", 3}, {"signed", false}});
    trial.settings.corrections = {{"fold_batchnorm", Json::object()},
                                  {"bias_correction", Json::object()}};
    const Record record = bench.run(trial);
    REQUIRE(record.error == "");
    const OnStage on_stage = [](const std::string&, int, int) {};
    const Stage stage{
        trial, trial.settings, bench.bench.dataset(trial.settings), bench.bench, on_stage};
    const KeptTrial kept = open_kept(stage);
    const EvaluationResult again =
        evaluate(*kept.model, kept.binding.get(), stage.evaluation_set(*stage.dataset.test));
    CHECK(again.numbers.loss == record.final->loss);
    CHECK(again.numbers.top1 == record.final->top1);
  }
}

TEST_CASE("each form is read by Python's torch, and gives the numbers", "[trial][slow]") {
  if (!has_python_torch()) {
    WARN("/usr/bin/python3 has no torch: nothing of it was compared");
    return;
  }
  const ScratchFolder folder;
  std::vector<std::unique_ptr<KeepingBench>> benches;  // by the position in even_weights()
  for (const auto& [name, weight] : even_weights()) {
    INFO(name);
    benches.push_back(std::make_unique<KeepingBench>());
    KeepingBench& bench = *benches.back();
    const Trial trial = tuned_trial(weight, uniform(4, {{"symmetric", false}, {"narrow", false}}));
    REQUIRE(bench.run(trial).error == "");
    for (const char* as : {"state_dict", "quantized", "codes"}) {
      CHECK(bench.exported(trial, as).at("tensors") > 5);
    }
    const Json told = bench.exported(trial, "torchscript");
    CHECK(told.at("equal_logits") == told.at("images"));
    write_images(bench, trial);
  }
  CHECK(python_agrees(folder, kCheckAll, benches));
}

TEST_CASE("what has no integer codes says so with its reason, and is exported otherwise",
          "[trial][slow]") {
  for (const auto& [name, weight] : uneven_weights()) {
    INFO(name);
    KeepingBench bench;
    const Trial trial = tuned_trial(weight, uniform(4, {{"symmetric", false}, {"narrow", false}}));
    REQUIRE(bench.run(trial).error == "");
    CHECK_THROWS_WITH(bench.exported(trial, "codes"),
                      "the weight conv.weight has no integer codes with a scale: '" + name +
                          "' gives none; 'quantized' and 'torchscript' export it");
    const Json told = bench.exported(trial, "torchscript");
    CHECK(told.at("equal_logits") == told.at("images"));
    bench.exported(trial, "quantized");
    const NamedTensors quantized = read_state_file(bench.file("quantized"));
    torch::jit::Module module = torch::jit::load(bench.file("torchscript"));
    CHECK(module.attr("conv").toModule().attr("weight").toTensor().equal(
        tensor_named(quantized, "conv.weight")));
  }
}

TEST_CASE("activations of every kind are recorded in TorchScript", "[trial][slow]") {
  for (const Json& output : {uniform(3, {{"symmetric", false}, {"narrow", false}}),
                             uniform(4, {{"granularity", "per_channel"}}),
                             Json{{"quantizer", "lsq"}, {"bits", 3}, {"signed", false}},
                             Json{{"quantizer", "lsq_plus"}, {"bits", 3}},
                             Json{{"quantizer", "sign"}},
                             Json{{"quantizer", "dorefa"}, {"bits", 2}},
                             Json{{"quantizer", "pact"}, {"bits", 3}},
                             Json{{"quantizer", "apot"}, {"bits", 3}},
                             Json{{"quantizer", "log2"}, {"bits", 3}, {"signed", false}},
                             Json{{"quantizer", "minifloat"}, {"format", "e4m3"}}}) {
    INFO(output.dump());
    KeepingBench bench;
    const Trial trial = tuned_trial(uniform(4), output);
    REQUIRE(bench.run(trial).error == "");
    const Json told = bench.exported(trial, "torchscript");
    CHECK(told.at("top1") == bench.run(trial).final->top1);
    if (output.at("quantizer") != "apot") {  // its values differ in their last bits
      CHECK(told.at("equal_logits") == told.at("images"));
    }
  }
}

TEST_CASE("a float trial has no codes; folded batch norms are left out", "[trial]") {
  KeepingBench bench;
  const Trial reference = test::small_float_trial("normed");
  REQUIRE(bench.run(reference).error == "");
  CHECK_THROWS_WITH(bench.exported(reference, "codes"),
                    "no weight of this trial is quantized: there are no codes to export");
  const Json told = bench.exported(reference, "torchscript");
  CHECK(told.at("equal_logits") == told.at("images"));
  CHECK(bench.exported(reference, "state_dict").at("tensors") == 8);

  Trial folded = tuned_trial(uniform(4), uniform(4, {{"symmetric", false}, {"narrow", false}}));
  folded.settings.corrections = {{"fold_batchnorm", Json::object()}};
  REQUIRE(bench.run(folded).error == "");
  bench.exported(folded, "state_dict");
  std::vector<std::string> names;
  for (const auto& [name, tensor] : read_state_file(bench.file("state_dict"))) {
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  CHECK(names ==
        std::vector<std::string>{"conv.bias", "conv.weight", "linear.bias", "linear.weight"});
  const Json script = bench.exported(folded, "torchscript");
  CHECK(script.at("equal_logits") == script.at("images"));
}

TEST_CASE("a trial that kept nothing says how to keep", "[trial]") {
  test::Bench bench;
  Trial trial = tuned_trial(uniform(4), uniform(4));
  bench.run(trial);
  CHECK_THROWS_WITH(
      export_trial(trial, bench.bench, "state_dict", bench.folder.path("x")),
      ContainsSubstring("weights.pt: is not there: trials leave their weights where the experiment "
                        "file says 'keep: last' or 'keep: best' when they run"));
}
