#include "qsweep/engine/experiment_edits.hpp"

#include <filesystem>

#include "plan/small_world.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

const char* kFile = R"(qsweep: 1
finetune: {epochs: 1}
policies: {all: [{type: Conv2d, weight: {quantizer: uniform, bits: $w}}]}
matrix: {model: [residual], policy: [all], w: [8], seed: [1, 2]}
)";

Node parsed(const std::string& text) {
  return parse_yaml(std::make_shared<const Source>(Source{"x.yaml", text}));
}

std::string edit_error(const ExperimentEdits& edits) {
  try {
    const Node file = edited(parsed(kFile), edits);
    check_edits(edits, read_experiment(file, small_catalog()));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("--set and --limit change the file's settings", "[engine]") {
  const Node file = edited(parsed(kFile), {{"finetune.lr=0.5", "data.name=synthetic"}, 100});
  CHECK(file.find("finetune")->find("lr")->text == "0.5");
  CHECK(file.find("finetune")->find("epochs")->text == "1");
  CHECK(file.find("data")->find("name")->text == "synthetic");
  CHECK(file.find("evaluate")->find("limit")->text == "100");
}

TEST_CASE("--plugin adds to the plugins of the file, from the present folder on", "[engine]") {
  const Node file =
      edited(parsed(std::string(kFile) + "plugins: [a.so]\n"), {{}, 0, {"b/../c.so"}});
  const std::vector<Node>& plugins = file.find("plugins")->items;
  REQUIRE(plugins.size() == 2);
  CHECK(plugins[0].text == "a.so");
  CHECK(plugins[1].text == std::filesystem::current_path().string() + "/c.so");
  CHECK(plugins[1].place.source->name == "--plugin b/../c.so");
}

TEST_CASE("--set takes the options of engines, and no others", "[engine]") {
  const Node file = edited(parsed(kFile), {{"engines.slurm.time=4:00:00"}, 0});
  CHECK(file.find("engines")->find("slurm")->find("time")->text == "4:00:00");
  CHECK(edit_error({{"engines.slurm.tme=1"}, 0}) ==
        "--set engines.slurm.tme=1: unknown setting 'engines.slurm.tme'; did you mean "
        "'engines.slurm.time'?");
}

TEST_CASE("a wrong --set is told at the option", "[engine]") {
  CHECK(edit_error({{"finetune.lrr=1"}, 0}) ==
        "--set finetune.lrr=1: unknown setting 'finetune.lrr'; did you mean 'finetune.lr'?");
  CHECK(edit_error({{"seed"}, 0}) == "--set 'seed' must be like 'finetune.lr=0.02'");
  CHECK(edit_error({{"seed=1"}, 0}) ==
        "--set seed=1: the matrix has an axis 'seed', which sets it for every row");
  CHECK(edit_error({{"model=x"}, 0}) ==
        "--set model=x: 'model' is of the matrix; --only picks rows of it");
  CHECK(edit_error({{"matrix.model=x"}, 0}) ==
        "--set matrix.model=x: 'matrix.model' is of the matrix; --only picks rows of it");
  CHECK(edit_error({{"finetune=none"}, 0}) ==
        "--set finetune=none: 'finetune' is a section; --set takes one of its keys, as in "
        "finetune.epochs");
  CHECK(edit_error({{"policies=x"}, 0}) ==
        "--set policies=x: 'policies' is no setting; it can only be changed in the file");
  CHECK(edit_error({{"engines=x"}, 0}) ==
        "--set engines=x: 'engines' is no setting; it can only be changed in the file");
  CHECK(edit_error({{"epochs=2"}, 0}) ==
        "--set epochs=2: unknown setting 'epochs'; did you mean 'pretrain.epochs' or "
        "'finetune.epochs'?");
  CHECK_THAT(edit_error({{"finetune.lr=fast"}, 0}),
             ContainsSubstring("--set finetune.lr=fast:1:1: error: "));
  CHECK(edit_error({{"finetune.lr=0.5"}, 10}) == "no error");
}

}  // namespace qsweep
