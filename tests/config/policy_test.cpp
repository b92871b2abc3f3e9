#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

FieldRule weight_of(const std::string& field) {
  return *read_policy(parsed("[{type: \"*\", weight: " + field + "}]"), small_catalog())[0].weight;
}

Json completed(const FieldRule& field, SiteKind kind) {
  Calibration calibrate;
  calibrate.method = "mse";
  return complete_quantizer(field, kind, calibrate, small_catalog());
}

std::string completion_error(const FieldRule& field) {
  try {
    completed(field, SiteKind::Weight);
  } catch (const ConfigError& failure) {
    return failure.what();
  }
  return "";
}

TEST_CASE("a rule's conditions are single values or lists", "[config]") {
  const auto rules = read_policy(
      parsed(
          "- {type: [Conv2d, Linear], not: {position: [first, last], name: a.*}, output: float}"),
      small_catalog());
  REQUIRE(rules.size() == 1);
  const Selector& selector = rules[0].selector;
  CHECK(selector.types == std::vector<std::string>{"Conv2d", "Linear"});
  CHECK(selector.names.empty());
  REQUIRE(selector.negated);
  CHECK(selector.negated->positions == std::vector<std::string>{"first", "last"});
  CHECK(selector.negated->names == std::vector<std::string>{"a.*"});
  CHECK_FALSE(rules[0].weight);
  CHECK(rules[0].output->is_float);
}

TEST_CASE("a field keeps its parameters with their types and places", "[config]") {
  const FieldRule field = weight_of("{quantizer: uniform, bits: 4, symmetric: false}");
  CHECK(field.quantizer == "uniform");
  CHECK(field.parameters == Json{{"bits", 4}, {"symmetric", false}});
  CHECK(field.places.at("bits").column == 49);
  CHECK_FALSE(field.is_float);
}

TEST_CASE("a completed quantizer has all parameters, with the defaults of its site", "[config]") {
  const FieldRule field = weight_of("{quantizer: uniform, bits: 4}");
  CHECK(completed(field, SiteKind::Weight) == Json{{"quantizer", "uniform"},
                                                   {"bits", 4},
                                                   {"calibrate", "minmax"},
                                                   {"granularity", "per_tensor"},
                                                   {"symmetric", true},
                                                   {"narrow", true}});
  CHECK(completed(field, SiteKind::Output) == Json{{"quantizer", "uniform"},
                                                   {"bits", 4},
                                                   {"calibrate", "mse"},
                                                   {"granularity", "per_tensor"},
                                                   {"symmetric", false},
                                                   {"narrow", false}});
}

TEST_CASE("what a rule says counts more than any default", "[config]") {
  const FieldRule field = weight_of("{quantizer: uniform, bits: 4, narrow: false, calibrate: mse}");
  const Json complete = completed(field, SiteKind::Weight);
  CHECK(complete["narrow"] == false);
  CHECK(complete["calibrate"] == "mse");
}

TEST_CASE("a calibrator is complete with its parameters, however it is written", "[config]") {
  const auto calibrate_of = [](const std::string& text) {
    return completed(weight_of("{quantizer: uniform, bits: 4, calibrate: " + text + "}"),
                     SiteKind::Weight)["calibrate"]
        .dump();
  };
  CHECK(calibrate_of("mse") == R"("mse")");
  CHECK(calibrate_of("{name: mse}") == R"("mse")");
  CHECK(calibrate_of("percentile") == R"({"name":"percentile","p":99.99})");
  CHECK(calibrate_of("{name: percentile}") == R"({"name":"percentile","p":99.99})");
  CHECK(calibrate_of("{p: 99, name: percentile}") == R"({"name":"percentile","p":99.0})");
  CHECK(calibrate_of("{name: percentile, p: 99.0}") == calibrate_of("{name: percentile, p: 99}"));
}

TEST_CASE("a later calibrator replaces an earlier one with its parameters", "[config]") {
  const FieldRule first =
      weight_of("{quantizer: uniform, bits: 4, calibrate: {name: percentile, p: 99}}");
  CHECK(completed(merged(first, weight_of("{bits: 8}")), SiteKind::Output)["calibrate"] ==
        Json{{"name", "percentile"}, {"p", 99.0}});
  CHECK(completed(merged(first, weight_of("{calibrate: mse}")), SiteKind::Output)["calibrate"] ==
        "mse");
}

TEST_CASE("a calibrator's parameter may be a variable", "[config]") {
  const Experiment experiment = experiment_of(
      "qsweep: 1\n"
      "policies: {p: [{type: Conv2d, output: {quantizer: uniform, bits: 4,\n"
      "                calibrate: {name: percentile, p: $p}}}]}\n"
      "matrix: {model: resnet20, policy: p, p: [99.9, 101]}\n");
  const auto rules_of = [&](size_t entry) {
    const Variables row{{"p", experiment.axes[2].entries[entry][0]}};
    return read_policy(substitute(*experiment.policy("p"), row), small_catalog());
  };
  CHECK(rules_of(0)[0].output->parameters["calibrate"] ==
        Json{{"name", "percentile"}, {"p", 99.9}});
  CHECK_THROWS_WITH(rules_of(1),
                    "x.yaml:4:48: error: 'p' of 'percentile' must be a number from 0 to 100, got "
                    "101\n"
                    "matrix: {model: resnet20, policy: p, p: [99.9, 101]}\n"
                    "                                               ^");
}

TEST_CASE("a quantizer of fixed bits completes to them", "[config]") {
  CHECK(completed(weight_of("{quantizer: sign, scale: mean_abs}"), SiteKind::Weight) ==
        Json{{"quantizer", "sign"},
             {"bits", 1},
             {"scale", "mean_abs"},
             {"granularity", "per_tensor"}});
}

TEST_CASE("a later field merges key by key", "[config]") {
  const FieldRule both = merged(weight_of("{quantizer: uniform, bits: 4, narrow: false}"),
                                weight_of("{bits: 8, granularity: per_channel}"));
  CHECK(both.quantizer == "uniform");
  CHECK(both.parameters == Json{{"bits", 8}, {"narrow", false}, {"granularity", "per_channel"}});
  CHECK(both.places.at("bits").column == 29);
  CHECK(both.places.at("narrow").column > 40);
}

TEST_CASE("a later quantizer or float replaces the field", "[config]") {
  const FieldRule first = weight_of("{quantizer: uniform, bits: 4, narrow: false}");
  CHECK(merged(first, weight_of("float")).is_float);
  const FieldRule replaced = merged(first, weight_of("{quantizer: sign}"));
  CHECK(replaced.quantizer == "sign");
  CHECK(replaced.parameters.empty());
}

TEST_CASE("the bits that a field ends with decide whether it is float", "[config]") {
  const FieldRule wide = weight_of("{quantizer: uniform, bits: 32, granularity: per_channel}");
  CHECK(wide.is_float);
  const FieldRule narrowed = merged(wide, weight_of("{bits: 8}"));
  CHECK_FALSE(narrowed.is_float);
  CHECK(narrowed.parameters == Json{{"bits", 8}, {"granularity", "per_channel"}});
  CHECK(merged(narrowed, weight_of("{bits: 32}")).is_float);
  CHECK(weight_of("{quantizer: sign, bits: 32}").is_float);
}

TEST_CASE("what a merge leaves unfit is told where it was written", "[config]") {
  const FieldRule sign = weight_of("{quantizer: sign}");
  CHECK(completion_error(weight_of("{bits: 8}")) ==
        "x.yaml:1:22: error: no rule names a quantizer for what this one selects; add "
        "'quantizer: uniform'\n"
        "[{type: \"*\", weight: {bits: 8}}]\n"
        "                     ^");
  CHECK(completion_error(merged(sign, weight_of("{bits: 8}"))) ==
        "x.yaml:1:29: error: bits of 'sign' are always 1, or 32 for float; got 8\n"
        "[{type: \"*\", weight: {bits: 8}}]\n"
        "                            ^");
  CHECK(completion_error(merged(sign, weight_of("{narrow: true}"))) ==
        "x.yaml:1:31: error: unknown key 'narrow' in a rule for the quantizer 'sign'; known are "
        "quantizer, bits, calibrate, scale or granularity\n"
        "[{type: \"*\", weight: {narrow: true}}]\n"
        "                              ^");
  CHECK(completion_error(merged(weight_of("{quantizer: uniform}"), weight_of("{bits: 17}"))) ==
        "x.yaml:1:29: error: bits of 'uniform' must be 2 to 16, or 32 for float; got 17\n"
        "[{type: \"*\", weight: {bits: 17}}]\n"
        "                            ^");
}

TEST_CASE("what a quantizer needs and no rule gives is told at the field", "[config]") {
  CHECK(completion_error(weight_of("{quantizer: uniform}")) ==
        "x.yaml:1:22: error: missing key 'bits' for the quantizer 'uniform'\n"
        "[{type: \"*\", weight: {quantizer: uniform}}]\n"
        "                     ^");
  CHECK(completion_error(weight_of("{quantizer: powers, bits: 4}")) ==
        "x.yaml:1:22: error: missing key 'terms' for the quantizer 'powers'\n"
        "[{type: \"*\", weight: {quantizer: powers, bits: 4}}]\n"
        "                     ^");
}

TEST_CASE("a variable's bits are wrong where the matrix has them", "[config]") {
  const Experiment experiment = experiment_of(
      "qsweep: 1\n"
      "policies: {p: [{type: Conv2d, weight: {quantizer: uniform, bits: $w}}]}\n"
      "matrix: {model: resnet20, policy: p, w: [8, 33]}\n");
  const Variables row{{"w", experiment.axes[2].entries[1][0]}};
  try {
    read_policy(substitute(*experiment.policy("p"), row), small_catalog());
    FAIL("33 bits were accepted");
  } catch (const ConfigError& failure) {
    CHECK(std::string(failure.what()) ==
          "x.yaml:3:45: error: bits of 'uniform' must be 2 to 16, or 32 for float; got 33\n"
          "matrix: {model: resnet20, policy: p, w: [8, 33]}\n"
          "                                            ^");
  }
}

TEST_CASE("a policy with an open variable is no policy of a row", "[config]") {
  CHECK_THROWS_WITH(read_policy(parsed("[{type: Conv2d, weight: $w}]"), small_catalog()),
                    "x.yaml:1:25: error: '$w' has no value in this row\n"
                    "[{type: Conv2d, weight: $w}]\n"
                    "                        ^");
}

}  // namespace
}  // namespace qsweep
