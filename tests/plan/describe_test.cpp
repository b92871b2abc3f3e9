#include "qsweep/plan/describe.hpp"

#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

const std::string kFile = R"(qsweep: 1
name: small
pretrain: {epochs: 3}
finetune: {epochs: 1, lr: 0.01}
policies:
  p:
    - {type: Conv2d, weight: {quantizer: uniform, bits: $w}}
    - {type: Linear, output: {quantizer: uniform, bits: 8}}
matrix: {model: [residual, attention], policy: [p], w: [8, 4]}
exclude: [{model: attention, w: 4}]
override: [{when: {w: 4}, set: {finetune.epochs: 2}}]
)";

}  // namespace

TEST_CASE("plan says what would run, what it costs and what each rule reaches", "[plan]") {
  const auto plan = plan_of(kFile);
  PlanProgress progress;
  progress.done = {plan->trial_id(0), "0123456789abcdef"};
  progress.seconds_per_trial = 30;
  progress.workers = 2;
  const std::string text = plan_text(plan_summary(experiment_of(kFile), *plan, progress));
  std::string ids_hidden = text;
  for (size_t i = 0; i < plan->trial_count(); ++i) {
    const size_t at = ids_hidden.find(plan->trial_id(i));
    REQUIRE(at != std::string::npos);
    ids_hidden.replace(at, 16, "<trial-of-row-" + std::to_string(i) + ">");
  }
  CHECK(ids_hidden == R"(small: 5 rows, 5 distinct trials, 1 done, 4 to run
about 1 min with 2 workers, as measured so far

varies
  model            residual, attention
  policy           p
  w                8, 4
  finetune.epochs  1, 2

the same for all
  pretrain.epochs  3
  finetune.lr      0.01

what each rule reaches
  policy  rule  field   model      layers
  p       1     weight  residual   2: conv1, block.conv2
  p       2     output  residual   1: fc
  p       1     weight  attention  nothing
  p       2     output  attention  2: embed, head

what each row costs
  trial             model      policy  w  weight bits  output bits  bytes  MACs   BOPs
  <trial-of-row-0>  residual   float      32.00        32.00        1208   16168  16556032
  <trial-of-row-1>  residual   p       8  11.29        31.77        460    16168  4169728
  <trial-of-row-2>  residual   p       4  7.84         31.77        334    16168  2105344
  <trial-of-row-3>  attention  float      32.00        32.00        520    480    491520
  <trial-of-row-4>  attention  p       8  32.00        18.50        520    480    367104
)");
}

TEST_CASE("plan lists what each correction acts on, and where it finds nothing", "[plan]") {
  const std::string file = R"(qsweep: 1
name: small
pretrain: {epochs: 3}
corrections: [$fold, {name: round, steps: 7}]
policies:
  p:
    - {type: Conv2d, weight: {quantizer: uniform, bits: $w}}
    - {type: Linear, weight: {quantizer: sign}}
matrix: {model: [residual, attention], policy: [p], fold: [fold, none], w: [32, 8, 4]}
)";
  SmallFacts facts;
  const auto plan = plan_of(file, facts);
  const std::string text = plan_text(plan_summary(experiment_of(file), *plan, {}));
  const std::string table = text.substr(text.find("what each correction"));
  CHECK(table.substr(0, table.find("\n\n")) == R"(what each correction acts on
  correction  after  policy  model      layers
  fold                       residual   2: conv1, block.conv2
  round       fold   p       residual   2: conv1, block.conv2
  round              p       residual   1: conv1
  fold                       attention  nothing
  round       fold   p       attention  nothing
  round              p       attention  nothing)");
  CHECK(facts.corrections_asked == 6);  // whatever the bits, unless they are 32
}

TEST_CASE("plan passes on what a model warns of, of training only where it is trained", "[plan]") {
  const std::string file = R"(qsweep: 1
name: x
policies:
  p:
    - {type: Conv2d, weight: {quantizer: uniform, bits: 4}}
matrix: {model: residual, policy: p}
)";
  SmallFacts facts;
  facts.model_warnings = {"it draws"};
  facts.training_warnings = {"it keeps its statistics"};
  CHECK(plan_of(file, facts)->warnings() ==
        Warnings{"x.yaml:6:17: warning: the model 'residual': it draws\n"
                 "matrix: {model: residual, policy: p}\n"
                 "                ^"});
  const Warnings trained = plan_of(file + "finetune: {epochs: 1}\n", facts)->warnings();
  REQUIRE(trained.size() == 2);
  CHECK_THAT(trained[1], ContainsSubstring("the model 'residual': it keeps its statistics\n"));
}

TEST_CASE("long tables are cut with a line that says so", "[plan]") {
  const auto plan = plan_of(kFile);
  const Json summary = plan_summary(experiment_of(kFile), *plan, {}, 2);
  CHECK(summary["costs"].size() == 2);
  CHECK(summary["seconds"].is_null());
  CHECK_THAT(plan_text(summary), ContainsSubstring("\n  ... and 3 more rows\n"));
}
