#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

std::string error_of_rules(const std::string& rules, const std::string& model = "residual") {
  return plan_error("qsweep: 1\nname: x\npolicies:\n  p:\n" + rules + "matrix: {model: [" + model +
                    "], policy: [p], w: [4]}\noverride: [{when: {w: 4}, set: {seed: 1}}]\n");
}

}  // namespace

TEST_CASE("a type that no model has is an error that names those they have", "[plan]") {
  CHECK(error_of_rules("    - type: GELU\n      output: {quantizer: uniform, bits: 8}\n") ==
        "x.yaml:5:7: error: rule 1 of policy 'p' selects no layer of any model of the sweep; the "
        "layers are of the types Add, AvgPool2d, Conv2d, Linear, ReLU\n"
        "    - type: GELU\n"
        "      ^");
}

TEST_CASE("a name that no layer has is an error with the nearest", "[plan]") {
  CHECK(error_of_rules("    - type: Linear\n      weight: {quantizer: uniform, bits: 8}\n"
                       "    - name: block.conv3\n      weight: {bits: 4}\n") ==
        "x.yaml:7:7: error: rule 2 of policy 'p' selects no layer of any model of the sweep; did "
        "you mean 'block.conv2'?\n"
        "    - name: block.conv3\n"
        "      ^");
  CHECK(error_of_rules("    - name: 'layer9.*'\n      output: {quantizer: uniform, bits: 8}\n") ==
        "x.yaml:5:7: error: rule 1 of policy 'p' selects no layer of any model of the sweep; "
        "layers have names like conv1, relu, block.conv2, block.add\n"
        "    - name: 'layer9.*'\n"
        "      ^");
}

TEST_CASE("a field that reaches nothing is an error at the field", "[plan]") {
  CHECK(error_of_rules("    - type: [ReLU, Add]\n      weight: {quantizer: uniform, bits: 8}\n") ==
        "x.yaml:6:15: error: 'weight' of rule 1 of policy 'p' applies to nothing in any model of "
        "the sweep: no layer that it selects has a weight\n"
        "      weight: {quantizer: uniform, bits: 8}\n"
        "              ^");
  CHECK(error_of_rules("    - type: '*'\n      position: last\n"
                       "      output: {quantizer: uniform, bits: 8}\n") ==
        "x.yaml:7:15: error: 'output' of rule 1 of policy 'p' applies to nothing in any model of "
        "the sweep: it selects only logits, which type \"*\" leaves in float\n"
        "      output: {quantizer: uniform, bits: 8}\n"
        "              ^");
}

TEST_CASE("what one model lacks and another of the sweep has is no error", "[plan]") {
  CHECK(plan_error("qsweep: 1\nname: x\npretrain: {epochs: 1}\npolicies:\n"
                   "  p: [{type: Conv2d, weight: {quantizer: sign}}]\n"
                   "matrix: {model: [residual, attention], policy: [p]}\n"
                   "exclude: [{model: residual, policy: p}]\n") != "no error");
  CHECK(plan_error("qsweep: 1\nname: x\npretrain: {epochs: 1}\npolicies:\n"
                   "  p: [{type: Conv2d, weight: {quantizer: sign}}]\n"
                   "  q: [{type: Linear, weight: {quantizer: sign}}]\n"
                   "matrix: {model: [residual, attention], policy: [p, q]}\n"
                   "exclude: [{model: residual, policy: p}]\n") == "no error");
}

TEST_CASE("bits that a quantizer cannot have are an error at the axis's value", "[plan]") {
  CHECK(plan_error("qsweep: 1\nname: x\n"
                   "policies: {p: [{type: Linear, weight: {quantizer: uniform, bits: $w}}]}\n"
                   "matrix: {model: [residual], policy: [p], w: [8, 1]}\n") ==
        "x.yaml:4:49: error: bits of 'uniform' must be 2 to 16, or 32 for float; got 1\n"
        "matrix: {model: [residual], policy: [p], w: [8, 1]}\n"
        "                                                ^");
}

TEST_CASE("a model's mean that does not fit the images is an error at it", "[plan]") {
  CHECK(plan_error("qsweep: 1\npolicies: {p: [{type: Linear, weight: {quantizer: sign}}]}\n"
                   "matrix: {policy: p, model: {model: residual, mean: [0.5]}}\n") ==
        "x.yaml:3:52: error: 'mean' of the model 'residual' has 1 value, and the images have 3 "
        "channels\n"
        "matrix: {policy: p, model: {model: residual, mean: [0.5]}}\n"
        "                                                   ^");
}

TEST_CASE("a model without weights needs pretraining", "[plan]") {
  CHECK(
      plan_error("qsweep: 1\nname: x\npolicies: {p: [{type: Linear, weight: {quantizer: sign}}]}\n"
                 "matrix: {model: [attention], policy: [p]}\n") ==
      "x.yaml:4:18: error: the model 'attention' comes without weights; give 'weights: PATH' or "
      "a 'pretrain' section with epochs above 0\n"
      "matrix: {model: [attention], policy: [p]}\n"
      "                 ^");
}

TEST_CASE("an added row that lacks what a setting reads is an error at the row", "[plan]") {
  CHECK(plan_error("qsweep: 1\nname: x\nfinetune: {epochs: $e}\n"
                   "policies: {p: [{type: Linear, weight: {quantizer: sign}}]}\n"
                   "matrix: {model: [residual], policy: [p], e: [1]}\n"
                   "include: [{model: residual, policy: p}]\n") ==
        "x.yaml:6:11: error: 'finetune' reads '$e', and this row has no 'e'\n"
        "include: [{model: residual, policy: p}]\n"
        "          ^");
}

TEST_CASE("a condition on a setting that the file does not give is an error", "[plan]") {
  CHECK(
      plan_error("qsweep: 1\nname: x\npolicies: {p: [{type: Linear, weight: {quantizer: sign}}]}\n"
                 "matrix: {model: [residual], policy: [p]}\n"
                 "exclude: [{finetune.epochs: 1}]\n") ==
      "x.yaml:5:29: error: the setting 'finetune.epochs' is not given in this file\n"
      "exclude: [{finetune.epochs: 1}]\n"
      "                            ^");
}

TEST_CASE("more than ten million rows are refused before any is made", "[plan]") {
  std::string numbers;
  for (int i = 0; i < 1000; ++i) {
    numbers += (i == 0 ? "" : ",") + std::to_string(i);
  }
  const std::string axes = "  a: [" + numbers + "]\n  b: [" + numbers + "]\n";
  const std::string file =
      "qsweep: 1\nname: x\n"
      "policies: {p: [{type: Linear, weight: {quantizer: uniform, bits: 4}}]}\n"
      "override: [{when: {a: 1, b: 2, c: 3}, set: {seed: 1}}]\n"
      "matrix:\n  model: [residual]\n  policy: [p]\n" +
      axes + "  c: [" + numbers + "]\n";
  CHECK(plan_error(file) ==
        "x.yaml:6:3: error: the matrix has more than 10000000 rows: 1 x 1 x 1000 x 1000 x 1000\n"
        "  model: [residual]\n"
        "  ^");
}
