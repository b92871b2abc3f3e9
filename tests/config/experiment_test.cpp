#include "qsweep/config/plugins.hpp"

#include <filesystem>
#include <fstream>

#include "config/small_catalog.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

const std::string kFile =
    "qsweep: 1\n"
    "name: my_bits\n"
    "seed: 3\n"
    "x-field: &field {quantizer: uniform, bits: $w}\n"
    "finetune: {epochs: 1, batch: $b}\n"
    "policies:\n"
    "  weights: [{type: Conv2d, weight: *field}]\n"
    "  binary: [{type: Conv2d, weight: {quantizer: sign}}]\n"
    "matrix:\n"
    "  model: [resnet20, {model: resnet18, as: small, stem: small, mean: [0.5], std: [0.2], size: "
    "64}]\n"
    "  policy: weights\n"
    "  bits: [{w: 8, b: 64}, {b: 32, w: 4}]\n"
    "  finetune.lr: [0.1, 0.01]\n"
    "exclude:\n"
    "  - {model: small, w: [4, 8], finetune.lr: 0.1}\n"
    "include:\n"
    "  - {model: small, policy: binary, b: 16}\n"
    "override:\n"
    "  - when: {policy: weights}\n"
    "    set: {finetune.epochs: 2}\n"
    "gates:\n"
    "  - {metric: top1, vs: float, max_drop: 1.5, where: {w: 8}}\n"
    "  - {metric: loss, vs: ../base.csv, max_drop: 0.1}\n";

std::vector<std::string> texts(const std::vector<Node>& nodes) {
  std::vector<std::string> result;
  for (const Node& node : nodes) {
    result.push_back(node.text);
  }
  return result;
}

TEST_CASE("an experiment is read with everything that it says", "[config]") {
  const Experiment experiment = experiment_of(kFile);
  CHECK(experiment.path == "x.yaml");
  CHECK(experiment.directory == std::filesystem::current_path().string());
  CHECK(experiment.name == "my_bits");
  CHECK(experiment.settings.entries.size() == 2);
  REQUIRE(experiment.policies.size() == 2);
  CHECK(experiment.policies[0].first == "weights");
  CHECK(experiment.policy("binary") == &experiment.policies[1].second);
  CHECK(experiment.policy("nothing") == nullptr);

  REQUIRE(experiment.exclude.size() == 1);
  CHECK(texts(experiment.exclude[0].any_of.at("w")) == std::vector<std::string>{"4", "8"});
  REQUIRE(experiment.include.size() == 1);
  CHECK(experiment.include[0].values[2].first == "b");
  CHECK(experiment.include[0].place.line == 17);
  REQUIRE(experiment.overrides.size() == 1);
  CHECK(experiment.overrides[0].set[0].first == "finetune.epochs");
  REQUIRE(experiment.gates.size() == 2);
  CHECK(experiment.gates[0].metric == "top1");
  CHECK(experiment.gates[0].max_drop == 1.5);
  CHECK(experiment.gates[0].where.any_of.count("w") == 1);
  CHECK(experiment.gates[0].vs == "float");
  CHECK(experiment.gates[1].vs ==
        (std::filesystem::current_path().parent_path() / "base.csv").string());
}

TEST_CASE("entries that are maps set several names, whatever their order", "[config]") {
  const Experiment experiment = experiment_of(kFile);
  REQUIRE(experiment.axes.size() == 4);
  CHECK(experiment.axes[0].names == std::vector<std::string>{"model"});
  CHECK(experiment.axes[1].entries.size() == 1);
  const Axis& bits = experiment.axes[2];
  CHECK(bits.names == std::vector<std::string>{"w", "b"});
  CHECK(texts(bits.entries[0]) == std::vector<std::string>{"8", "64"});
  CHECK(texts(bits.entries[1]) == std::vector<std::string>{"4", "32"});
  CHECK(experiment.axes[3].names == std::vector<std::string>{"finetune.lr"});
}

TEST_CASE("variables are named once each and replaced by their values", "[config]") {
  const Experiment experiment = experiment_of(kFile);
  CHECK(variables_in(experiment.settings) == std::vector<std::string>{"b"});
  CHECK(variables_in(*experiment.policy("weights")) == std::vector<std::string>{"w"});
  const Node filled = substitute(experiment.settings, {{"b", parsed("[32]").items[0]}});
  CHECK(read_settings(filled, "/", small_catalog()).finetune->batch == 32);
  CHECK_THROWS_WITH(substitute(experiment.settings, {}),
                    "x.yaml:5:30: error: '$b' has no value in this row\n"
                    "finetune: {epochs: 1, batch: $b}\n"
                    "                             ^");
}

TEST_CASE("a model has its own name, parameters and normalisation", "[config]") {
  const Experiment experiment = experiment_of(kFile);
  const ModelChoice model =
      read_model(experiment.axes[0].entries[1][0], experiment, small_catalog());
  CHECK(model.as == "small");
  CHECK(model.zoo == "resnet18");
  CHECK(model.parameters == Json{{"stem", "small"}});
  CHECK(model.mean == std::vector<double>{0.5});
  CHECK(model.std == std::vector<double>{0.2});
  CHECK(model.size == 64);
  CHECK(model.weights.empty());
  CHECK(model.place.line == 10);
}

TEST_CASE("a name given with `as` stands for the whole model", "[config]") {
  const Experiment experiment = experiment_of(kFile);
  const ModelChoice model = read_model(parsed("small"), experiment, small_catalog());
  CHECK(model.zoo == "resnet18");
  CHECK(model.parameters == Json{{"stem", "small"}});
}

TEST_CASE("the zoo's name stands for the entry that has it without `as`", "[config]") {
  const std::string file =
      "qsweep: 1\n"
      "policies: {p: [{type: Conv2d, output: float}]}\n"
      "matrix: {model: [{model: resnet18, stem: small}, {model: resnet20, as: other}], policy: p}\n"
      "include: [{model: resnet18, policy: p}]\n"
      "exclude: [{model: resnet18}]\n"
      "override: [{when: {model: resnet18}, set: {evaluate.batch: 10}}]\n"
      "gates: [{metric: top1, vs: float, max_drop: 1, where: {model: resnet18}}]\n";
  CHECK(error_of(file) == "");
  const Experiment experiment = experiment_of(file);
  const ModelChoice model = read_model(parsed("resnet18"), experiment, small_catalog());
  CHECK(model.as == "resnet18");
  CHECK(model.parameters == Json{{"stem", "small"}});
  CHECK(model.place.line == 1);
  // An entry that has a name of its own leaves the zoo's name to the plain model.
  CHECK(read_model(parsed("resnet20"), experiment, small_catalog()).as == "resnet20");
}

TEST_CASE("a plain model has the defaults of its parameters", "[config]") {
  const Experiment experiment = experiment_of(kFile);
  const ModelChoice model = read_model(parsed("resnet18"), experiment, small_catalog());
  CHECK(model.as == "resnet18");
  CHECK(model.parameters == Json{{"stem", "imagenet"}});
}

TEST_CASE("weights are found from the file's folder", "[config]") {
  const auto folder = std::filesystem::temp_directory_path() / "qsweep_weights_test";
  std::filesystem::create_directories(folder / "experiments");
  { std::ofstream(folder / "a.pt") << "x"; }
  const std::string text =
      "qsweep: 1\n"
      "policies: {p: [{type: Conv2d, output: float}]}\n"
      "matrix: {model: {model: resnet20, weights: ../a.pt}, policy: p}\n";
  const std::string path = (folder / "experiments" / "my bits.v1.yaml").string();
  const Experiment experiment =
      read_experiment(parse_yaml(std::make_shared<const Source>(Source{path, "name: a\n" + text})),
                      small_catalog());
  CHECK(experiment.directory == (folder / "experiments").string());
  CHECK(read_model(experiment.axes[0].entries[0][0], experiment, small_catalog()).weights ==
        (folder / "a.pt").string());
  std::filesystem::remove_all(folder);
}

TEST_CASE("a script is a model, named by its file's stem unless another name is given",
          "[config]") {
  const auto folder = std::filesystem::temp_directory_path() / "qsweep_config_script_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "net.ts.pt") << "x";
  std::ofstream(folder / "two words.pt") << "x";
  const auto experiment_with = [&](const std::string& models) {
    const std::string text =
        "qsweep: 1\n"
        "policies: {p: [{type: Conv2d, output: float}]}\n"
        "matrix: {model: [" +
        models + "], policy: p}\n";
    const std::string path = (folder / "x.yaml").string();
    return read_experiment(parse_yaml(std::make_shared<const Source>(Source{path, text})),
                           small_catalog());
  };
  const Experiment experiment =
      experiment_with("{script: net.ts.pt}, {script: net.ts.pt, as: b, size: 64, mean: [0.5]}");
  const ModelChoice a = read_model(experiment.axes[0].entries[0][0], experiment, small_catalog());
  CHECK(a.as == "net.ts");
  CHECK(model_name_in(experiment.axes[0].entries[0][0]) == "net.ts");
  CHECK(a.script == (folder / "net.ts.pt").string());
  CHECK(a.zoo.empty());
  CHECK(a.weights.empty());
  const ModelChoice b = read_model(experiment.axes[0].entries[1][0], experiment, small_catalog());
  CHECK(b.as == "b");
  CHECK(model_name_in(experiment.axes[0].entries[1][0]) == "b");
  CHECK(b.size == 64);
  CHECK(b.mean == std::vector<double>{0.5});
  CHECK(b.parameters == Json::object());
  const auto output_in = [&](const std::string& output) {
    const Experiment chosen = experiment_with("{script: net.ts.pt, output: " + output + "}");
    return read_model(chosen.axes[0].entries[0][0], chosen, small_catalog()).parameters;
  };
  CHECK(output_in("1") == Json{{"output", 1}});
  CHECK(output_in("logits") == Json{{"output", "logits"}});
  CHECK(output_in("'1'") == Json{{"output", "1"}});
  for (const char* wrong : {"-1", "0.5", "true", "[0]", "''"}) {
    CHECK_THROWS_WITH(output_in(wrong),
                      ContainsSubstring("'output' must be a position from 0 or a name, got "));
  }
  CHECK_THROWS_WITH(experiment_with("{script: net.ts.pt}, {script: net.ts.pt}"),
                    ContainsSubstring("another model is called 'net.ts' already"));
  CHECK_THROWS_WITH(
      experiment_with("{script: two words.pt}"),
      ContainsSubstring("'as' must be a name of at most 200 letters, digits, '.', '_' and '-' "
                        "that starts with none of '.' and '-', got 'two words'"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("plugins are files, each with the hash of its content", "[config]") {
  const test::ScratchFolder folder;
  test::write_text(folder.path("a.so"), "abc");
  const auto plugins_in = [&folder](const std::string& value) {
    return read_plugins(
        parse_yaml(std::make_shared<const Source>(Source{"x.yaml", "plugins: " + value})),
        folder.path());
  };
  const auto plugins = plugins_in("[./a.so]");
  REQUIRE(plugins.size() == 1);
  CHECK(plugins[0].path == folder.path("a.so"));
  CHECK(plugins[0].hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(plugins[0].place.column == 11);
  CHECK_THROWS_WITH(plugins_in("[$net]"), ContainsSubstring("x.yaml:1:11: error: "));
  CHECK_THROWS_WITH(plugins_in("[]"), ContainsSubstring("x.yaml:1:10: error: "));
}

TEST_CASE("the file's stem is the name unless another is given", "[config]") {
  const std::string text =
      "qsweep: 1\npolicies: {p: [{type: Conv2d, output: float}]}\n"
      "matrix: {model: resnet20, policy: p}\n";
  const auto name_in = [&text](const std::string& path) {
    return read_experiment(parse_yaml(std::make_shared<const Source>(Source{path, text})),
                           small_catalog())
        .name;
  };
  CHECK(name_in("experiments/resnet_bits.v2.yaml") == "resnet_bits.v2");
  CHECK_THROWS_WITH(name_in("my bits.yaml"),
                    "my bits.yaml:1:1: error: the file's name cannot name a run; add a 'name'\n"
                    "qsweep: 1\n"
                    "^");
}

TEST_CASE("included rows alone make an experiment without a policy axis", "[config]") {
  CHECK(error_of("qsweep: 1\n"
                 "policies: {p: [{type: Conv2d, output: float}]}\n"
                 "matrix: {model: resnet20}\n"
                 "include: [{model: resnet20, policy: p}]\n")
            .empty());
}

TEST_CASE("a condition of an override reads its variable", "[config]") {
  CHECK(error_of("qsweep: 1\n"
                 "policies: {p: [{type: Conv2d, output: float}]}\n"
                 "matrix: {model: resnet20, policy: p, recipe: [short, long]}\n"
                 "override: [{when: {recipe: long}, set: {evaluate.batch: 10}}]\n")
            .empty());
}

}  // namespace
}  // namespace qsweep
