#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

using Lines = std::vector<std::string>;

std::string experiment(const std::string& rest) {
  return R"(qsweep: 1
name: x
finetune: {epochs: 1}
policies:
  p: [{type: Linear, weight: {quantizer: uniform, bits: $w}}]
  q: [{type: Conv2d, weight: {quantizer: uniform, bits: $w}}]
  fixed: [{type: Linear, weight: {quantizer: sign}}]
matrix: {model: [residual], policy: [p, q], w: [8, 4]}
)" + rest;
}

}  // namespace

TEST_CASE("exclude drops the rows for which all its conditions hold", "[plan]") {
  const auto plan = plan_of(experiment("exclude: [{policy: q, w: [4, 2]}]\n"));
  CHECK(rows_of(*plan) ==
        Lines{"residual float - #0", "residual p 8 #1", "residual p 4 #2", "residual q 8 #3"});
}

TEST_CASE("numbers of a condition compare as numbers", "[plan]") {
  const auto plan = plan_of(experiment("exclude: [{w: 4.0}, {policy: q}]\n"));
  CHECK(rows_of(*plan) == Lines{"residual float - #0", "residual p 8 #1"});
}

TEST_CASE("a condition on a setting reads what the file gives", "[plan]") {
  const auto row_count = [](const std::string& condition) {
    return plan_of(experiment("exclude: [" + condition + "]\n"))->row_count();
  };
  CHECK(row_count("{finetune.epochs: 1, policy: q}") == 3);
  CHECK(row_count("{finetune.epochs: 2, policy: q}") == 5);
}

TEST_CASE("a condition on a choice with parameters compares its name", "[plan]") {
  const auto row_count = [](const std::string& settings, const std::string& rest) {
    return plan_of("qsweep: 1\nname: x\n" + settings +
                   "policies: {p: [{type: Conv2d, output: {quantizer: uniform, bits: 4}}]}\n"
                   "matrix: {model: residual, policy: p, x: [99, 99.9]}\n" +
                   rest)
        ->row_count();
  };
  const std::string method = "calibrate: {method: {name: percentile, p: $x}}\n";
  CHECK(row_count(method, "") == 3);
  CHECK(row_count(method, "exclude: [{calibrate.method: percentile, x: 99}]\n") == 2);
  CHECK(row_count(method, "exclude: [{calibrate.method: minmax}]\n") == 3);
}

TEST_CASE("a choice with parameters is written as in the file", "[plan]") {
  const auto plan = plan_of(experiment(
      "include:\n"
      "  - {model: residual, policy: fixed, calibrate.method: {name: percentile, p: 99}}\n"));
  CHECK(rows_of(*plan).back() == "residual fixed - percentile(p=99) #5");
}

TEST_CASE("calibrating on images that are evaluated is a warning", "[plan]") {
  const auto warnings_of = [](const std::string& data, const std::string& field) {
    SmallFacts facts;
    facts.shared_images = 60;
    return plan_of("qsweep: 1\nname: x\n" + data + "policies: {p: [{type: Conv2d, " + field +
                       ": {quantizer: uniform, bits: 4}}]}\n"
                       "matrix: {model: residual, policy: p}\n",
                   facts)
        ->warnings();
  };
  const std::string data = "data: {name: synthetic, train: 'test[:80]', test: 'test[20:]'}\n";
  CHECK(warnings_of(data, "output") ==
        Lines{"x.yaml:3:51: warning: ranges are calibrated on images that are evaluated: "
              "data.train and data.test share 60 images\n"
              "data: {name: synthetic, train: 'test[:80]', test: 'test[20:]'}\n"
              "                                                  ^"});
  CHECK(warnings_of("data: {name: synthetic, train: test}\n", "input") ==
        Lines{"x.yaml:3:32: warning: ranges are calibrated on images that are evaluated: "
              "data.train and data.test share 60 images\n"
              "data: {name: synthetic, train: test}\n"
              "                               ^"});
  CHECK(warnings_of(data, "weight").empty());
  SmallFacts apart;
  CHECK(plan_of(experiment("include: [{model: residual, policy: fixed}]\n"), apart)
            ->warnings()
            .empty());
}

TEST_CASE("what is said of the data stands where the row's own was given", "[plan]") {
  const std::string matrix = "matrix: {model: residual, policy: p}";
  const auto warnings_of = [](const std::string& settings, const std::string& rest) {
    SmallFacts facts;
    facts.data_warnings = {"data.images: few"};
    return plan_of(
               "qsweep: 1\nname: x\n" + settings +
                   "\npolicies: {p: [{type: Conv2d, weight: {quantizer: uniform, bits: 4}}]}\n" +
                   rest + '\n',
               facts)
        ->warnings();
  };
  const auto at = [](int number, const std::string& line, const std::string& marked) {
    const size_t offset = line.find(marked);
    return Lines{"x.yaml:" + std::to_string(number) + ":" + std::to_string(offset + 1) +
                 ": warning: data.images: few\n" + line + '\n' + std::string(offset, ' ') + '^'};
  };
  const std::string data = "data: {name: synthetic, images: 50}";
  CHECK(warnings_of(data, matrix) == at(3, data, "50"));
  const std::string without = "data: {name: synthetic}";
  CHECK(warnings_of(without, matrix) == at(3, without, "{name"));
  const std::string axis = "matrix: {model: residual, policy: p, data.images: [40]}";
  CHECK(warnings_of(data, axis) == at(5, axis, "40"));
  const std::string changed = "override: [{when: {policy: p}, set: {data.images: 30}}]";
  CHECK(warnings_of(data, matrix + '\n' + changed) == at(6, changed, "30"));
}

TEST_CASE("include adds rows behind the matrix, and exclude does not drop them", "[plan]") {
  const auto plan = plan_of(experiment(R"(
exclude: [{policy: p}]
include:
  - {model: residual, policy: fixed}
  - {model: residual, policy: p, w: 2}
)"));
  CHECK(rows_of(*plan) == Lines{"residual float - #0",
                                "residual q 8 #1",
                                "residual q 4 #2",
                                "residual fixed - #3",
                                "residual p 2 #4"});
}

TEST_CASE("an include that names a model of the matrix adds rows of that very model", "[plan]") {
  const auto plan = plan_of(
      "qsweep: 1\n"
      "policies: {p: [{type: Conv2d, output: {quantizer: sign}}]}\n"
      "matrix: {model: {model: residual, size: 64}}\n"
      "include: [{model: residual, policy: p}]\n");
  CHECK(rows_of(*plan) == Lines{"residual float #0", "residual p #1"});
  CHECK(trial_of_row(*plan, 1).model.size == 64);
}

TEST_CASE("a setting that only an include gives is a column", "[plan]") {
  const auto plan =
      plan_of(experiment("include: [{model: residual, policy: fixed, finetune.lr: 0.5}]\n"));
  CHECK(plan->variables() == Lines{"w", "finetune.lr"});
  CHECK(rows_of(*plan).back() == "residual fixed - 0.5 #5");
  CHECK(plan->trial(5).settings.finetune->lr == 0.5);
}

TEST_CASE("override edits the settings of the rows that match", "[plan]") {
  const auto plan = plan_of(experiment(R"(
override: [{when: {w: [4]}, set: {finetune.epochs: 2, finetune.lr: 0.5}}]
)"));
  CHECK(plan->row_count() == 5);
  CHECK(plan->trial(1).settings.finetune->epochs == 1);
  CHECK(plan->trial(2).settings.finetune->epochs == 2);
  CHECK(plan->trial(2).settings.finetune->lr == 0.5);
  REQUIRE(plan->warnings().size() == 1);
  CHECK(plan->warnings()[0] ==
        "x.yaml:7:10: warning: no row has the policy 'fixed'\n"
        "  fixed: [{type: Linear, weight: {quantizer: sign}}]\n"
        "         ^");
}

TEST_CASE("an override of an axis is a warning: rows go by the matrix's values", "[plan]") {
  const auto plan = plan_of(R"(qsweep: 1
name: x
finetune: {epochs: 1}
policies: {p: [{type: Conv2d, weight: {quantizer: uniform, bits: 4}}]}
matrix: {model: residual, policy: p, finetune.lr: [0.1, 0.2]}
override: [{when: {model: residual}, set: {finetune.lr: 0.3}}]
)");
  CHECK(plan->warnings() ==
        Lines{"x.yaml:6:57: warning: 'finetune.lr' is an axis of the matrix: these rows still show "
              "its values, and run with this one\n"
              "override: [{when: {model: residual}, set: {finetune.lr: 0.3}}]\n"
              "                                                        ^"});
}

TEST_CASE("of two overrides of the same setting the later wins, with a warning", "[plan]") {
  const auto plan = plan_of(experiment(R"(
override:
  - {when: {w: 4}, set: {finetune.epochs: 2}}
  - {when: {policy: p}, set: {finetune.epochs: 3}}
include: [{model: residual, policy: fixed}]
)"));
  CHECK(plan->trial(1).settings.finetune->epochs == 3);
  CHECK(plan->trial(2).settings.finetune->epochs == 3);
  CHECK(plan->trial(4).settings.finetune->epochs == 2);
  REQUIRE(plan->warnings().size() == 1);
  CHECK(plan->warnings()[0] ==
        "x.yaml:12:48: warning: an earlier 'override' sets 'finetune.epochs' for some of these "
        "rows; this one wins\n"
        "  - {when: {policy: p}, set: {finetune.epochs: 3}}\n"
        "                                               ^");
}

TEST_CASE("a variable that only dropped rows read is unread", "[plan]") {
  CHECK(plan_error(experiment("exclude: [{policy: [p, q]}]\n"
                              "include: [{model: residual, policy: fixed}]\n")) ==
        "x.yaml:8:45: error: unread variable 'w': no row has a '$w'\n"
        "matrix: {model: [residual], policy: [p, q], w: [8, 4]}\n"
        "                                            ^");
}

TEST_CASE("a gate that checks nothing is a warning before hours are spent", "[plan]") {
  const auto plan = plan_of(experiment(R"(
gates:
  - {metric: top1, vs: float, max_drop: 1, where: {w: 16}}
  - {metric: top1, vs: float, max_drop: 1, where: {w: 8}}
)"));
  REQUIRE(plan->warnings().size() == 2);  // no row has the policy 'fixed'
  CHECK(plan->warnings()[1] ==
        "x.yaml:11:5: warning: this gate matches no row\n"
        "  - {metric: top1, vs: float, max_drop: 1, where: {w: 16}}\n"
        "    ^");
}

TEST_CASE("a gate finds settings by the file's own names", "[plan]") {
  const auto warnings_with = [](const std::string& where) {
    const auto plan = plan_of(R"(qsweep: 1
name: x
data: {name: synthetic, size: 8}
finetune: {epochs: 2, warmup: 1, schedule: cosine}
evaluate: {batch: 20, limit: 50}
corrections: [fold, round]
policies:
  p: [{type: Linear, weight: {quantizer: uniform, bits: 4}}]
matrix: {model: [residual], policy: [p]}
gates: [{metric: top1, max_drop: 1, where: {)" +
                              where + "}}]\n");
    return plan->warnings().size();
  };
  for (const char* where : {"evaluate.limit: 50",
                            "evaluate.batch: 20",
                            "finetune.warmup: 1",
                            "finetune.schedule: cosine",
                            "data.size: 8",
                            "corrections: fold+round"}) {
    INFO(where);
    CHECK(warnings_with(where) == 0);
  }
  for (const char* where : {"evaluate.limit: 40", "finetune.warmup: 2", "corrections: fold"}) {
    INFO(where);
    CHECK(warnings_with(where) == 1);
  }
}

TEST_CASE("an exclude or override that matches nothing is a warning", "[plan]") {
  const auto plan = plan_of(experiment(R"(
exclude: [{w: 16}]
override: [{when: {w: 16}, set: {seed: 1}}]
include: [{model: residual, policy: fixed}]
)"));
  REQUIRE(plan->warnings().size() == 2);
  CHECK(plan->warnings()[0] ==
        "x.yaml:10:11: warning: this 'exclude' matches no row\n"
        "exclude: [{w: 16}]\n"
        "          ^");
  CHECK(plan->warnings()[1] ==
        "x.yaml:11:19: warning: this 'override' matches no row\n"
        "override: [{when: {w: 16}, set: {seed: 1}}]\n"
        "                  ^");
}

TEST_CASE("corrections are an axis, written with '+', and those without effect are no trial",
          "[plan]") {
  const std::string head = R"(qsweep: 1
name: x
pretrain: {epochs: 1}
policies:
  p: [{type: [Conv2d, Linear], weight: {quantizer: uniform, bits: 4}}]
matrix:
  model: [residual, attention]
  policy: [p]
  corrections: [none, fold, [], [fold, {name: round, steps: 5}]]
)";
  const auto plan = plan_of(head);
  CHECK(plan->variables() == Lines{"corrections"});
  CHECK(rows_of(*plan) == Lines{"residual float - #0",
                                "residual p none #1",
                                "residual p fold #2",
                                "residual p - #1",
                                "residual p fold+round(steps=5) #3",
                                "attention float - #4",
                                "attention p none #5",
                                "attention p fold #5",
                                "attention p - #5",
                                "attention p fold+round(steps=5) #6"});
  CHECK(plan->trial(6).settings.corrections.at(0).parameters.dump() == R"({"steps":5})");
  const auto fewer = plan_of(head + "exclude: [{corrections: [fold, 'fold+round(steps=5)']}]\n");
  CHECK(fewer->row_count() == 6);
}

TEST_CASE("overrides and included rows set corrections", "[plan]") {
  const auto plan = plan_of(experiment(R"(
override: [{when: {policy: q, w: 4}, set: {corrections: [fold]}}]
include: [{model: residual, policy: fixed, corrections: [fold]}]
)"));
  CHECK(plan->trial(3).settings.corrections.empty());
  CHECK(plan->trial(4).settings.corrections.at(0).name == "fold");
  CHECK(plan->trial(5).settings.corrections.at(0).name == "fold");
  CHECK(rows_of(*plan).back() == "residual fixed - fold #5");
}

TEST_CASE("a condition names the variable by which a setting differs", "[plan]") {
  CHECK(plan_error(R"(qsweep: 1
name: x
corrections: [$fold, round]
policies:
  p: [{type: Linear, weight: {quantizer: uniform, bits: 4}}]
matrix: {model: [residual], policy: [p], fold: [fold, none]}
exclude: [{corrections: fold}]
)") == R"(x.yaml:7:25: error: 'corrections' differs by '$fold' here; name 'fold' instead
exclude: [{corrections: fold}]
                        ^)");
}
