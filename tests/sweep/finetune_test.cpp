// Every option of training from its line of YAML to its row of results.csv.

#include <map>
#include <vector>

#include "support/catch.hpp"
#include "sweep_run.hpp"

using namespace qsweep::test;

namespace {

// An option of fine-tuning: its key, the value that turns it off, and one that turns it on.
struct Option {
  std::string key;
  std::string off;
  std::string on;
};

const std::vector<Option> kOptions{
    {"loss", "cross_entropy", "squared_hinge"},
    {"label_smoothing", "0", "0.2"},
    {"clip_gradient", "none", "0.01"},
    {"ema", "0", "0.9"},
    {"distill", "none", "{temperature: 4, weight: 0.5}"},
    {"freeze_batchnorm", "none", "0"},
    {"quantize_after", "0", "1"},
    {"start_bits", "none", "8"},
    {"quantizer_lr", "none", "0.3"},
    {"quantizer_weight_decay", "none", "0.5"},
};

// The matrix's axis `option`: in the first entry all are off, then each one in turn is on.
std::string option_axis() {
  std::string axis = "  option:\n";
  for (size_t on = 0; on <= kOptions.size(); ++on) {
    std::string entry;
    for (size_t i = 0; i < kOptions.size(); ++i) {
      entry += (i == 0 ? "" : ", ") + ("finetune." + kOptions[i].key) + ": " +
               (i + 1 == on ? kOptions[i].on : kOptions[i].off);
    }
    axis += "    - {" + entry + "}\n";
  }
  return axis;
}

const std::string kWithOptions = R"(qsweep: 1
name: options
data: {name: synthetic, images: 60, augment: none}
pretrain: {epochs: 1, lr: 0.02, batch: 20, loss: hinge, clip_gradient: 5, ema: 0.5}
calibrate: {images: 20}
finetune: {epochs: 2, lr: 0.01, batch: 20}
policies:
  three_bits:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: 3, granularity: per_channel}
    - type: ReLU
      output: {quantizer: lsq, bits: 3}
matrix:
  model: resnet20
  policy: three_bits
)" + option_axis();

Finished run_options(const ScratchFolder& folder, const std::string& arguments) {
  return shell("cd '" + folder.path() + "' && QSWEEP_CACHE=cache-" + arguments.substr(0, 3) +
               " " QSWEEP_COMMAND " options.yaml -o " + arguments);
}

}  // namespace

TEST_CASE("every option of fine-tuning gives a row of its own, the same again", "[sweep]") {
  const ScratchFolder folder;
  write_text(folder.path("options.yaml"), kWithOptions);
  const Finished one = run_options(folder, "one -j 1");
  INFO(one.out);
  REQUIRE(one.code == 0);
  const std::string results = read_text(folder.path("one/results.csv"));
  const auto rows = csv_rows(results);
  REQUIRE(rows.size() == kOptions.size() + 2);  // the float row and the one without options
  std::map<std::string, size_t> seen;
  for (size_t i = 1; i < rows.size(); ++i) {
    INFO((i == 1 ? "none" : kOptions[i - 2].key));
    CHECK(rows[i].at("status") == "done");
    CHECK(rows[i].at("top1_ptq") == rows[1].at("top1_ptq"));
    CHECK(seen.emplace(rows[i].at("loss"), i).second);
  }
  const Finished two = run_options(folder, "two -j 2");
  INFO(two.out);
  REQUIRE(two.code == 0);
  CHECK(read_text(folder.path("two/results.csv")) == results);
}

TEST_CASE("options that make no sense stop a sweep at their place before it starts", "[sweep]") {
  const ScratchFolder folder;
  std::string text = kWithOptions;
  const std::string good = "finetune.quantize_after: 1";
  text.replace(text.find(good), good.size(), "finetune.quantize_after: 2");
  write_text(folder.path("options.yaml"), text);
  const Finished finished = run_options(folder, "one");
  CHECK(finished.code == 2);
  CHECK_THAT(finished.out,
             ContainsSubstring("error: 'quantize_after' must be below 'epochs', 2, got 2"));
  CHECK_THAT(finished.out, ContainsSubstring("options.yaml:24:"));
}
