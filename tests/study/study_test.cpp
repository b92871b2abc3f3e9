#include "qsweep/study/study.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/dispatch/dispatch_model.hpp"

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/serialize.h>

#include <fmt/format.h>

#include "model_zoo/registry.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "sweep/sweep_run.hpp"

using namespace qsweep;

namespace {

struct SmallNet : torch::nn::Module {
  explicit SmallNet(int64_t classes)
      : conv(torch::nn::Conv2dOptions(3, 8, 3).stride(2)), head(8, classes) {
    register_module("conv", conv);
    register_module("head", head);
  }
  torch::Tensor forward(const torch::Tensor& x) { return head(torch::relu(conv(x)).mean({2, 3})); }
  torch::nn::Conv2d conv;
  torch::nn::Linear head;
};

ModelTable own_models() {
  return {
      {{"small_net", "for tests", {}}, [](const ModelOptions& options) -> std::unique_ptr<Model> {
         return make_dispatch_model(std::make_shared<SmallNet>(options.classes), options.input);
       }}};
}

const char* const kFile = R"(qsweep: 1
data: {name: synthetic, images: 200}
pretrain: {epochs: 1, lr: 0.1, batch: 50}
calibrate: {images: 64}
policies:
  both:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $w}
    - name: conv.relu
      output: {quantizer: uniform, bits: $w}
matrix:
  model: [small_net]
  policy: [both]
  w: [8, 2, 32]
)";

struct Scratch {
  test::ScratchFolder folder;
  StudyOptions options;
  std::string file = folder.path("bits.yaml");

  explicit Scratch(const std::string& text = kFile) {
    test::write_text(file, text);
    options.out = folder.path("out");
    options.cache = folder.path("cache");
  }
};

std::string with(std::string text, const std::string& old, const std::string& now) {
  return text.replace(text.find(old), old.size(), now);
}

}  // namespace

TEST_CASE("a study runs a program's own network as its file says", "[study]") {
  Scratch place;
  Study study(place.file, own_models(), place.options);
  const std::vector<Row> rows = study.rows();
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].policy == "float");
  CHECK(rows[1].values == std::vector<std::string>{"8"});
  std::vector<Record> records;
  for (const Row& row : rows) {
    records.push_back(study.run(row));
    INFO(records.back().error);
    REQUIRE_FALSE(records.back().failed);
    CHECK(records.back().final->images == 200);
  }
  CHECK(*records[1].sqnr_db > 20);
  CHECK(*records[2].sqnr_db < *records[1].sqnr_db);
  CHECK(records[3].final->loss == records[0].final->loss);  // of 32 bits
  CHECK(&study.run(rows[1]) == &study.run(rows[1]));
}

TEST_CASE("a study shows the numbers of the command", "[study]") {
  const Scratch place(with(with(kFile, "[small_net]", "[lenet5]"), "conv.relu", "relu"));
  const std::string out = place.folder.path("run");
  const auto finished = test::shell("QSWEEP_CACHE='" + place.folder.path("other_cache") +
                                    "' " QSWEEP_COMMAND " run '" + place.file +
                                    "' -q --progress none -o '" + out + "'");
  INFO(finished.out);
  REQUIRE(finished.code == 0);
  const auto expected = test::csv_rows(test::read_text(out + "/results.csv"));
  Study study(place.file, zoo::models(), place.options);
  const std::vector<Row> rows = study.rows();
  REQUIRE(rows.size() == expected.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const Record& record = study.run(rows[i]);
    REQUIRE_FALSE(record.failed);
    CHECK(fmt::format("{:.6f}", record.final->loss) == expected[i].at("loss"));
    CHECK(fmt::format("{:.2f}", record.final->top1) == expected[i].at("top1"));
  }
}

TEST_CASE("a study takes weights that torch::save wrote", "[study]") {
  torch::manual_seed(7);
  const auto network = std::make_shared<SmallNet>(10);
  Scratch place(with(with(kFile, "[small_net]", "[{model: small_net, weights: net.pt}]"),
                     "pretrain: {epochs: 1, lr: 0.1, batch: 50}\n",
                     ""));
  torch::save(network, place.folder.path("net.pt"));
  Study study(place.file, own_models(), place.options);
  CHECK_FALSE(study.run(study.rows()[0]).failed);
  CHECK(study.plan().trial(0).model.weights == place.folder.path("net.pt"));
}

TEST_CASE("what is wrong in a study's file is told with its place", "[study]") {
  const auto complaint = [](const std::string& text) -> std::string {
    Scratch place(text);
    try {
      Study(place.file, own_models(), place.options);
    } catch (const ConfigError& error) {
      return std::string(error.what()).substr(place.file.size());
    }
    return "";
  };
  CHECK_THAT(
      complaint(with(kFile, "[small_net]", "[smal_net]")),
      ContainsSubstring(":12:11: error: unknown model 'smal_net'; did you mean 'small_net'?"));
  CHECK_THAT(complaint(with(kFile, "conv.relu", "conv.gelu")),
             ContainsSubstring(":9:7: error: rule 2 of policy"));
}

TEST_CASE("a network that fails fails its trial alone", "[study]") {
  Scratch place;
  ModelTable models = own_models();
  models[0].make = [](const ModelOptions& options) -> std::unique_ptr<Model> {
    static int made = 0;
    if (++made > 2) {
      throw TrialError("enough");
    }
    return make_dispatch_model(std::make_shared<SmallNet>(options.classes), options.input);
  };
  Study study(place.file, models, place.options);
  CHECK_FALSE(study.run(study.rows()[0]).failed);
  CHECK(study.run(study.rows()[1]).error == "enough");
}
