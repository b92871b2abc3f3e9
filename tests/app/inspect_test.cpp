#include "qsweep/core/json.hpp"

#include "command.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::Outcome;
using test::Workplace;

const std::string kPolicies = R"(qsweep: 1
policies:
  mixed:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $w, granularity: per_channel}
    - type: "*"
      output: {quantizer: uniform, bits: 8}
    - position: [first, last]
      weight: {bits: 8}
    - name: block.conv2
      output: float
  open:
    - type: $kind
      output: $quantizer
  wrong:
    - type: Conv2d
      weight: {quantizer: uniform, bits: 99}
data: {name: image_folder, root: "${QSWEEP_NO_SUCH_VARIABLE}"}
)";

}  // namespace

TEST_CASE("inspect shows the layers of a model with their totals", "[app]") {
  const Workplace place;
  const Outcome shown = place.run("inspect residual --images 3x8x8");
  CHECK(shown.code == 0);
  CHECK(shown.err.empty());
  CHECK(shown.out ==
        "residual on an image of 3x8x8\n"
        "\n"
        "| path        | type      | op        | output | parameters |  MACs | elements | position "
        "|\n"
        "|-------------|-----------|-----------|-------:|-----------:|------:|---------:|----------"
        "|\n"
        "| conv1       | Conv2d    | Conv2d    |  4x8x8 |        108 |  6912 |      256 | first    "
        "|\n"
        "| relu        | ReLU      | ReLU      |  4x8x8 |          0 |     0 |      256 |          "
        "|\n"
        "| block.conv2 | Conv2d    | Conv2d    |  4x8x8 |        144 |  9216 |      256 |          "
        "|\n"
        "| block.add   | Add       | Add       |  4x8x8 |          0 |     0 |      256 |          "
        "|\n"
        "| pool        | AvgPool2d | AvgPool2d |  4x1x1 |          0 |     0 |        4 |          "
        "|\n"
        "| fc          | Linear    | Linear    |     10 |         50 |    40 |       10 | last     "
        "|\n"
        "| total       |           |           |        |        302 | 16168 |     1038 |          "
        "|\n"
        "\n"
        "first: conv1\n"
        "last: fc\n");
}

TEST_CASE("inspect tells what a policy gives each layer, and which rules gave it", "[app]") {
  const Workplace place;
  place.write("x.yaml", kPolicies);
  const Outcome csv = place.run("inspect residual -p x.yaml:mixed --format csv");
  CHECK(csv.err.empty());
  CHECK(
      csv.out ==
      "path,type,op,output_shape,parameters,macs,output_elements,position,input,input_rule,weight,"
      "weight_rule,output,output_rule\n"
      "conv1,Conv2d,Conv2d,4x8x8,108,6912,256,first,,,"
      "uniform bits=8 granularity=per_channel,x.yaml:4+x.yaml:8,uniform bits=8,x.yaml:6\n"
      "relu,ReLU,ReLU,4x8x8,0,0,256,,,,,,uniform bits=8,x.yaml:6\n"
      "block.conv2,Conv2d,Conv2d,4x8x8,144,9216,256,,,,"
      "uniform bits=$w granularity=per_channel,x.yaml:4,float,x.yaml:10\n"
      "block.add,Add,Add,4x8x8,0,0,256,,,,,,uniform bits=8,x.yaml:6\n"
      "pool,AvgPool2d,AvgPool2d,4x1x1,0,0,4,,,,,,uniform bits=8,x.yaml:6\n"
      "fc,Linear,Linear,10,50,40,10,last,,,"
      "uniform bits=8 granularity=per_channel,x.yaml:4+x.yaml:8,,\n");
  const Outcome text = place.run("inspect residual -p x.yaml:mixed --set w=4");
  CHECK_THAT(text.out, ContainsSubstring("residual on an image of 3x32x32, with x.yaml:mixed\n"));
  CHECK_THAT(text.out,
             ContainsSubstring(" | weight's rule     | output         | output's rule |\n"));
  CHECK_THAT(
      text.out,
      ContainsSubstring(" | uniform bits=4 granularity=per_channel | x.yaml:4          | float "
                        "         | x.yaml:10     |\n"));
  CHECK_THAT(
      place.run("inspect residual -p x.yaml:mixed --set w=32 --format csv").out,
      ContainsSubstring("\nblock.conv2,Conv2d,Conv2d,4x8x8,144,9216,256,,,,float,x.yaml:4,"));
}

TEST_CASE("inspect tells the same as JSON", "[app]") {
  const Workplace place;
  place.write("x.yaml", kPolicies);
  const Json json = Json::parse(
      place.run("inspect residual --images 3x8x8 --policy x.yaml:mixed --format json").out);
  CHECK(json.at("model") == "residual");
  CHECK(json.at("images") == Json{3, 8, 8});
  CHECK(json.at("total") ==
        Json{{"layers", 6}, {"parameters", 302}, {"macs", 16168}, {"output_elements", 1038}});
  CHECK(json.at("first") == Json{"conv1"});
  CHECK(json.at("last") == Json{"fc"});
  CHECK(json.at("policy") == "x.yaml:mixed");
  CHECK(json.at("layers").at(0).at("weight") ==
        Json{{"quantizer", "uniform"},
             {"parameters", {{"bits", "8"}, {"granularity", "per_channel"}}},
             {"rules", {"x.yaml:4", "x.yaml:8"}}});
  CHECK(json.at("layers").at(5).at("output").is_null());
  const Json plain = Json::parse(place.run("inspect attention --format json").out);
  CHECK(plain.at("policy").is_null());
  CHECK_FALSE(plain.at("layers").at(0).contains("weight"));
}

TEST_CASE("inspect takes a model as it stands in a matrix", "[app]") {
  const Workplace place;
  place.write("net.pt", "");
  const Outcome zoo = place.run("inspect '{model: residual, size: 8}'");
  CHECK(zoo.code == 0);
  CHECK_THAT(zoo.out,
             Catch::Matchers::StartsWith("{model: residual, size: 8} on an image of 3x8x8\n"));
  const Outcome script = place.run("inspect '{script: net.pt, output: 1}' --format json");
  CHECK(script.code == 0);
  CHECK_THAT(script.err, ContainsSubstring("loading a TorchScript file runs code from it"));
  const auto error_of = [&](const std::string& arguments) {
    const Outcome outcome = place.run("inspect " + arguments);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  CHECK(error_of("'{model: residual, stm: small}'") ==
        "inspect:1:19: error: unknown key 'stm' in the model 'residual'; did you mean 'std'?\n"
        "{model: residual, stm: small}\n"
        "                  ^\n");
  CHECK_THAT(error_of("'{model: residul}'"),
             Catch::Matchers::StartsWith(
                 "inspect:1:9: error: unknown model 'residul'; did you mean 'residual'?\n"));
  CHECK_THAT(error_of("'{model: residual, weights: net.pt}'"),
             Catch::Matchers::StartsWith(
                 "inspect:1:28: error: 'weights' changes no layer; leave it out\n"));
  CHECK_THAT(error_of("'{script: ned.pt}'"), ContainsSubstring("ned.pt; did you mean '"));
  CHECK(error_of("'{script: net.pt, output: 1}' --output 0") ==
        "qsweep: error: --output and 'output' both choose one; leave one out\n");
  CHECK(error_of("'{model: residual, size: 8}' --images 3x8x8") ==
        "qsweep: error: --images and 'size' both say how large an image is; leave one out\n");
}

TEST_CASE("what inspect cannot find is told with its place and the nearest name", "[app]") {
  const Workplace place;
  place.write("x.yaml", kPolicies);
  place.write("net.pt", "");
  const auto error_of = [&](const std::string& arguments) {
    const Outcome outcome = place.run("inspect " + arguments);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  CHECK(error_of("residul") ==
        "inspect residul: error: unknown model 'residul'; did you mean 'residual'?\n");
  CHECK(error_of("ned.pt") ==
        "inspect ned.pt: error: no such file: 'ned.pt'; did you mean 'net.pt'?\n");
  CHECK(error_of("./cache") ==
        "inspect ./cache: error: './cache' is a folder, not a TorchScript "
        "file\n");
  CHECK(error_of("residual -p x.yaml:mixd") ==
        "--policy x.yaml:mixd: error: unknown policy 'mixd'; did you mean 'mixed'?\n");
  CHECK(error_of("residual -p mixed") ==
        "qsweep: error: --policy 'mixed' must be FILE:POLICY, like x.yaml:all\n");
  CHECK_THAT(error_of("residual -p y.yaml:mixed"), ContainsSubstring("y.yaml"));
  CHECK(error_of("residual -p x.yaml:mixed --set v=4") ==
        "--set v=4: error: in the policy 'mixed': unknown variable 'v'; known are w\n");
  CHECK(error_of("residual -p x.yaml:wrong --set v=4") ==
        "--set v=4: error: in the policy 'wrong': there is no variable\n");
  CHECK(error_of("residual --set w=4") ==
        "qsweep: error: --set gives values to the variables of a policy; name it with --policy\n");
  CHECK(error_of("residual --images 32") ==
        "qsweep: error: --images '32' must be channels x height x width, like 3x32x32\n");
  CHECK(error_of("residual --output 1") ==
        "qsweep: error: --output is for TorchScript files; 'residual' returns the logits\n");
  CHECK(error_of("net.pt --classes 5") ==
        "qsweep: error: --classes is for models of the zoo; a TorchScript file has its own\n");
  CHECK_THAT(error_of("residual -p x.yaml:wrong"),
             Catch::Matchers::StartsWith("x.yaml:17:42: error: bits of 'uniform' must be 2 to 16"));
  CHECK_THAT(
      error_of("residual -p x.yaml:mixed --set w=99"),
      Catch::Matchers::StartsWith("--set w=99:1:1: error: bits of 'uniform' must be 2 to 16"));
}

TEST_CASE("a variable that decides which rules speak must have a value", "[app]") {
  const Workplace place;
  place.write("x.yaml", kPolicies);
  const Outcome open = place.run("inspect residual -p x.yaml:open");
  CHECK(open.code == 2);
  CHECK_THAT(open.err,
             Catch::Matchers::StartsWith(
                 "x.yaml:13:13: error: what a rule says hangs on '$kind'; give it a value "
                 "with --set kind=...\n"));
  const Outcome closed = place.run(
      "inspect residual -p x.yaml:open --set kind=ReLU --set quantizer=float --format csv");
  CHECK_THAT(closed.out,
             ContainsSubstring("\nrelu,ReLU,ReLU,4x8x8,0,0,256,,,,,,float,x.yaml:13\n"));
}

TEST_CASE("a TorchScript model says that loading it runs code, and can be refused", "[app]") {
  const Workplace place;
  place.write("net.pt", "the worker of these tests takes anything");
  const Outcome taken = place.run("inspect net.pt");
  CHECK(taken.code == 0);
  CHECK(taken.err == "loading a TorchScript file runs code from it; --no-scripts refuses that\n");
  const Outcome refused = place.run("inspect net.pt --no-scripts");
  CHECK(refused.code == 2);
  CHECK(refused.out.empty());
  CHECK(refused.err == "inspect net.pt: error: " + place.path("net.pt") +
                           " is a TorchScript model, which --no-scripts refuses: loading one runs "
                           "code from its file\n");
  CHECK(place.run("inspect residual --no-scripts").code == 0);
}

TEST_CASE("with --no-scripts a sweep with a TorchScript model is refused where it is named",
          "[app]") {
  const Workplace place;
  place.write("net.pt", "");
  place.write("x.yaml", R"(qsweep: 1
name: x
pretrain: {epochs: 1}
policies:
  all:
    - type: Linear
      weight: {quantizer: uniform, bits: 4}
matrix:
  model: [residual, {script: net.pt}]
  policy: all
)");
  CHECK(place.run("plan x.yaml").code == 0);
  for (const char* command : {"plan x.yaml", "x.yaml", "run x.yaml"}) {
    const Outcome refused = place.run(std::string(command) + " --no-scripts");
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err,
               ContainsSubstring("x.yaml:9:21: error: " + place.path("net.pt") +
                                 " is a TorchScript model, which --no-scripts "));
  }
  CHECK(place.trials_started() == 0);
}

}  // namespace qsweep
