#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

using Lines = std::vector<std::string>;

const char* const kWeights = R"(
  weights:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $w}
)";
const char* const kBoth = R"(
  both:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $w}
      output: {quantizer: uniform, bits: $a}
)";
const char* const kBinary = R"(
  binary:
    - type: [Conv2d, Linear]
      weight: {quantizer: sign}
)";

std::string experiment(const std::string& policies, const std::string& rest) {
  return "qsweep: 1\nname: x\npretrain: {epochs: 3}\nfinetune: {epochs: 1}\npolicies:" + policies +
         rest;
}

}  // namespace

TEST_CASE("axes cross, the first slowest, and the float row of a model comes first", "[plan]") {
  const auto plan = plan_of(experiment(kBoth, R"(
matrix:
  model: [residual, attention]
  policy: [both]
  w: [8, 4]
  a: [8, 4]
)"));
  CHECK(plan->variables() == Lines{"w", "a"});
  CHECK(rows_of(*plan) == Lines{"residual float - - #0",
                                "residual both 8 8 #1",
                                "residual both 8 4 #2",
                                "residual both 4 8 #3",
                                "residual both 4 4 #4",
                                "attention float - - #5",
                                "attention both 8 8 #6",
                                "attention both 8 4 #7",
                                "attention both 4 8 #8",
                                "attention both 4 4 #9"});
  CHECK(plan->trial_count() == 10);
  CHECK(plan->row(1).data == "synthetic");
}

TEST_CASE("the float row stands before the first row that needs it, in any order of axes",
          "[plan]") {
  const auto plan = plan_of(experiment(kWeights, R"(
matrix:
  w: [8, 4]
  model: [residual, attention]
  policy: [weights]
)"));
  CHECK(rows_of(*plan) == Lines{"residual float - #0",
                                "residual weights 8 #1",
                                "attention float - #2",
                                "attention weights 8 #3",
                                "residual weights 4 #4",
                                "attention weights 4 #5"});
}

TEST_CASE("an entry that is a map sets several variables together", "[plan]") {
  const auto plan = plan_of(experiment(kBoth, R"(
matrix:
  model: [residual]
  policy: [both]
  bits: [{w: 8, a: 4}, {w: 4, a: 2}]
)"));
  CHECK(plan->variables() == Lines{"w", "a"});
  CHECK(rows_of(*plan) ==
        Lines{"residual float - - #0", "residual both 8 4 #1", "residual both 4 2 #2"});
}

TEST_CASE("two names of one network have a float row each, of one trial", "[plan]") {
  const auto plan = plan_of(experiment(kWeights, R"(
matrix:
  model: [{model: residual, as: one}, {model: residual, as: two}]
  policy: [weights]
  w: [8, 4]
)"));
  CHECK(rows_of(*plan) == Lines{"one float - #0",
                                "one weights 8 #1",
                                "one weights 4 #2",
                                "two float - #0",
                                "two weights 8 #1",
                                "two weights 4 #2"});
}

TEST_CASE("a policy that does not read a variable has a row for each value, one trial", "[plan]") {
  const auto plan = plan_of(experiment(std::string(kWeights) + kBoth + kBinary, R"(
matrix:
  model: [residual]
  policy: [binary, weights, both]
  w: [8]
  a: [8, 4]
)"));
  CHECK(rows_of(*plan) == Lines{"residual float - - #0",
                                "residual binary 8 8 #1",
                                "residual binary 8 4 #1",
                                "residual weights 8 8 #2",
                                "residual weights 8 4 #2",
                                "residual both 8 8 #3",
                                "residual both 8 4 #4"});
}

TEST_CASE("two policies that come to the same are one trial", "[plan]") {
  const auto plan = plan_of(experiment(std::string(kWeights) + kBoth, R"(
matrix:
  model: [residual]
  policy: [weights, both]
  w: [8]
  a: [32]
)"));
  CHECK(rows_of(*plan) ==
        Lines{"residual float - - #0", "residual weights 8 32 #1", "residual both 8 32 #1"});
}

TEST_CASE("a row of 32 bits is not the float row: it is fine-tuned", "[plan]") {
  const std::string matrix = "matrix: {model: [residual], policy: [both], w: [32], a: [32]}\n";
  const auto plan = plan_of(experiment(kBoth, matrix));
  CHECK(rows_of(*plan) == Lines{"residual float - - #0", "residual both 32 32 #1"});
  const Trial row = plan->trial(1);
  CHECK(row.groups.empty());
  CHECK(row.settings.finetune.has_value());
  CHECK_FALSE(row.is_float());
  CHECK(row.float_trial == plan->trial(0).id);
  CHECK_FALSE(plan->trial(0).settings.finetune.has_value());
}

TEST_CASE("without fine-tuning a row of 32 bits shows the float trial", "[plan]") {
  const auto plan = plan_of(R"(qsweep: 1
name: x
policies: {p: [{type: Linear, weight: {quantizer: uniform, bits: $w}}]}
matrix: {model: [residual], policy: [p], w: [32, 8]}
)");
  CHECK(rows_of(*plan) == Lines{"residual float - #0", "residual p 32 #0", "residual p 8 #1"});
}

TEST_CASE("an axis named as a setting sets it and is a column", "[plan]") {
  const auto plan = plan_of(experiment(kBinary, R"(
matrix:
  model: [residual]
  policy: [binary]
  finetune.lr: [0.1, 1.0e-2]
)"));
  CHECK(plan->variables() == Lines{"finetune.lr"});
  CHECK(rows_of(*plan) ==
        Lines{"residual float - #0", "residual binary 0.1 #1", "residual binary 1.0e-2 #2"});
  CHECK(plan->trial(1).settings.finetune->lr == 0.1);
  CHECK(plan->trial(2).settings.finetune->lr == 0.01);
}

TEST_CASE("a seed makes another float row only where the model is pretrained", "[plan]") {
  const auto plan = plan_of(experiment(kBinary, R"(
matrix:
  model: [residual, attention]
  policy: [binary]
  seed: [0, 1]
)"));
  CHECK(rows_of(*plan) == Lines{"residual float - #0",
                                "residual binary 0 #1",
                                "residual binary 1 #2",
                                "attention float - #3",
                                "attention binary 0 #4",
                                "attention float - #5",
                                "attention binary 1 #6"});
  CHECK(plan->trial(5).settings.seed == 1);
  CHECK(plan->trial(6).float_trial == plan->trial(5).id);
}

TEST_CASE("a variable in a setting is read", "[plan]") {
  const auto plan = plan_of(R"(qsweep: 1
name: x
finetune: {epochs: $e}
policies: {p: [{type: Linear, weight: {quantizer: uniform, bits: 4}}]}
matrix: {model: [residual], policy: [p], e: [1, 2]}
)");
  CHECK(plan->trial(1).settings.finetune->epochs == 1);
  CHECK(plan->trial(2).settings.finetune->epochs == 2);
}

TEST_CASE("a matrix without policies gives its models' float rows", "[plan]") {
  const auto plan = plan_of(experiment(kWeights, R"(
matrix: {model: [residual, attention], w: [8]}
include: [{model: residual, policy: weights, w: 4}]
override: [{when: {w: 8}, set: {evaluate.batch: 100}}]
)"));
  CHECK(rows_of(*plan) ==
        Lines{"residual float - #0", "attention float - #1", "residual weights 4 #2"});
}

TEST_CASE("a list is written with its items joined by '+'", "[plan]") {
  const auto plan = plan_of(experiment(kBinary,
                                       R"(
matrix:
  model: [residual]
  policy: [binary]
  m: [[1, 2], [3]]
)"
                                       "override: [{when: {m: 3}, set: {finetune.lr: 0.5}}]\n"));
  CHECK(rows_of(*plan) ==
        Lines{"residual float - #0", "residual binary 1+2 #1", "residual binary 3 #2"});
}

TEST_CASE("facts are asked for once per data set and model", "[plan]") {
  SmallFacts facts;
  plan_of(experiment(kBoth,
                     "matrix: {model: [residual, attention], policy: [both], w: [8, 4], a: [8]}\n"),
          facts);
  CHECK(facts.data_asked == 1);
  CHECK(facts.models_asked == 2);
}
