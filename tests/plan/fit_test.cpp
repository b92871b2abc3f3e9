#include "qsweep/plan/layer_values.hpp"

#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

std::string file_of(const std::string& rule, const std::string& model) {
  return "qsweep: 1\nname: x\npretrain: {epochs: 1}\npolicies:\n  p:\n    - " + rule +
         "\nmatrix: {model: [" + model + "], policy: [p]}\n";
}

void check_error(const std::string& rule,
                 const std::string& model,
                 const std::string& marked,
                 const std::string& text) {
  const size_t column = 6 + rule.find(marked);
  CHECK(plan_error(file_of(rule, model)) == "x.yaml:6:" + std::to_string(column + 1) +
                                                ": error: " + text + "\n    - " + rule + "\n" +
                                                std::string(column, ' ') + "^");
}

Layer made_by(const std::string& type, std::vector<std::vector<int>> sources) {
  Layer layer;
  layer.type = type;
  layer.output_shape = {4, 8};
  layer.sources = std::move(sources);
  return layer;
}

}  // namespace

TEST_CASE("a scale per channel needs channels", "[plan]") {
  check_error("{type: Softmax, output: {quantizer: uniform, bits: 8, granularity: per_channel}}",
              "attention",
              "per_channel",
              "'uniform' has a scale per channel here, and the output of softmax, a Softmax, has "
              "no channels");
  check_error("{type: MatMul, input: {quantizer: uniform, bits: 8, granularity: per_channel}}",
              "attention",
              "per_channel",
              "'uniform' has a scale per channel here, and the input of scores, a MatMul, has no "
              "channels");
  CHECK(plan_error(file_of("{type: [Conv2d, ReLU, Add, Linear], "
                           "output: {quantizer: uniform, bits: 8, granularity: per_channel}, "
                           "input: {quantizer: uniform, bits: 8, granularity: per_channel}}",
                           "residual")) == "no error");
}

TEST_CASE("a group is no longer than the weights of a channel", "[plan]") {
  check_error("{type: Conv2d, weight: {quantizer: grouped, bits: 4, group: 30}}",
              "residual",
              "30",
              "'group' of 'grouped' is 30, and a channel of the weight of conv1, a Conv2d, has "
              "only 27");
  check_error("{type: Linear, weight: {quantizer: grouped, bits: 4}}",
              "residual",
              "grouped",
              "'group' of 'grouped' is 16, and a channel of the weight of fc, a Linear, has only "
              "4");
  CHECK(plan_error(file_of("{type: Conv2d, weight: {quantizer: grouped, bits: 4, group: 27}}",
                           "residual")) == "no error");
  CHECK(plan_error(file_of("{type: Linear, weight: {quantizer: grouped, bits: 4, "
                           "granularity: per_tensor}}",
                           "residual")) == "no error");
}

TEST_CASE("groups are for weights", "[plan]") {
  check_error("{type: ReLU, output: {quantizer: grouped, bits: 4, granularity: per_group}}",
              "residual",
              "per_group",
              "'grouped' shares scales by groups here, which only weights have, not the output of "
              "relu, a ReLU");
}

TEST_CASE("a block is no longer than the axis along which it runs", "[plan]") {
  check_error("{type: Conv2d, weight: block4}",
              "residual",
              "block4",
              "'block' of 'blocks' is 4, and the axis of the weight of conv1, a Conv2d, along "
              "which its blocks run, has only 3");
  check_error("{type: ReLU, output: {quantizer: block4, block: 8}}",
              "residual",
              "8}",
              "'block' of 'blocks' is 8, and the axis of the output of relu, a ReLU, along which "
              "its blocks run, has only 4");
  check_error("{type: Conv2d, weight: {quantizer: block4, axis: last}}",
              "residual",
              "block4",
              "'block' of 'blocks' is 4, and the axis of the weight of conv1, a Conv2d, along "
              "which its blocks run, has only 3");
  CHECK(plan_error(file_of("{type: Linear, weight: block4, input: block4}", "residual")) ==
        "no error");
}

TEST_CASE("arithmetic on what has no channels gives none", "[plan]") {
  const auto with = outputs_with_channels({made_by("Linear", {{-1}}),
                                           made_by("MatMul", {{0}, {0}}),
                                           made_by("Mul", {{1}}),
                                           made_by("Add", {{0}, {-1}}),
                                           made_by("Linear", {{2}})});
  CHECK(with == std::vector<char>{1, 0, 0, 1, 1});
}

TEST_CASE("an output is negative unless its type or all that it takes forbids it", "[plan]") {
  const auto negative = negative_outputs({made_by("Conv2d", {{-1}}),
                                          made_by("ReLU", {{0}}),
                                          made_by("AvgPool2d", {{1}}),
                                          made_by("AvgPool2d", {{-1}}),
                                          made_by("Add", {{1}, {2}}),
                                          made_by("Add", {{1}, {0}}),
                                          made_by("Add", {{1}}),
                                          made_by("BatchNorm2d", {{1}}),
                                          made_by("Mean", {{1, 0}}),
                                          made_by("Sigmoid", {{0}}),
                                          made_by("MatMul", {{9}, {1}})});
  CHECK(negative == std::vector<char>{1, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0});
}

TEST_CASE("an unsigned quantizer where values are negative is a warning with its layers",
          "[plan]") {
  const auto warnings_of = [](const std::string& rule) {
    return plan_of(file_of(rule, "residual"))->warnings();
  };
  CHECK(warnings_of("{type: [Conv2d, ReLU, Add, Linear], output: {quantizer: clipped, bits: 4}}") ==
        Warnings{"x.yaml:6:63: warning: 'clipped' has no negative levels and acts as a ReLU where "
                 "rule 1 of policy 'p' puts it on an output that takes negative values; in "
                 "residual: conv1, block.conv2, block.add and 1 more\n"
                 "    - {type: [Conv2d, ReLU, Add, Linear], output: {quantizer: clipped, bits: 4}}"
                 "\n" +
                 std::string(62, ' ') + "^"});
  CHECK(warnings_of("{type: [Conv2d], input: {quantizer: clipped, bits: 4}}").size() == 1);
  CHECK(warnings_of("{type: ReLU, output: {quantizer: clipped, bits: 4}}").empty());
  CHECK(warnings_of("{type: Conv2d, output: {quantizer: clipped, bits: 4, signed: true}}").empty());
  CHECK(warnings_of("{name: block.conv2, input: {quantizer: clipped, bits: 4}}").empty());
}

TEST_CASE("a name in a list that fits no layer is a warning", "[plan]") {
  const auto plan = plan_of(
      "qsweep: 1\nname: x\npretrain: {epochs: 1}\n"
      "policies: {p: [{name: [conv1, blok.conv2, $n], weight: {quantizer: uniform, bits: 4}}]}\n"
      "matrix: {model: residual, policy: p, n: [block.conv2, '*.nothing']}\n");
  REQUIRE(plan->warnings().size() == 2);
  CHECK_THAT(plan->warnings()[0],
             ContainsSubstring("x.yaml:4:") &&
                 ContainsSubstring("warning: the name '*.nothing' of rule 1 of policy 'p' fits no "
                                   "layer of any model of the sweep; layers have names like "));
  CHECK_THAT(plan->warnings()[1],
             ContainsSubstring("the name 'blok.conv2' of rule 1 of policy 'p' fits no layer of any "
                               "model of the sweep; did you mean 'block.conv2'?"));
}

TEST_CASE("one warning per rule and model, however many rows", "[plan]") {
  const auto plan = plan_of(
      "qsweep: 1\nname: x\npretrain: {epochs: 1}\n"
      "policies: {p: [{type: '*', output: {quantizer: clipped, bits: 4}}, "
      "{name: conv1, output: {bits: $a}}]}\n"
      "matrix: {model: [residual, attention], policy: [p], a: [2, 3, 4], seed: [0, 1]}\n"
      "include: [{model: residual, policy: p, a: 8}]\n");
  REQUIRE(plan->warnings().size() == 2);
  CHECK_THAT(plan->warnings()[0],
             ContainsSubstring("in residual: conv1, block.conv2, block.add and 1 more"));
  CHECK_THAT(plan->warnings()[1], ContainsSubstring("in attention: embed, scores, mix\n"));
}

TEST_CASE("what has no range makes no trial depend on the calibration", "[plan]") {
  const auto id_with = [](const std::string& calibrate, const std::string& quantizer) {
    const auto plan = plan_of("qsweep: 1\nname: x\ncalibrate: {images: " + calibrate +
                              "}\npolicies: {p: [{type: ReLU, output: " + quantizer +
                              "}]}\nmatrix: {model: [residual], policy: [p]}\n");
    return trial_of_row(*plan, 1).id;
  };
  CHECK(id_with("8", "sign") == id_with("16", "{quantizer: sign}"));
  CHECK(id_with("8", "{quantizer: uniform, bits: 4}") !=
        id_with("16", "{quantizer: uniform, bits: 4}"));
}
