#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

// A field as the only one of a rule. `name` is weight, output or input.
FieldRule field_of(const std::string& name, const std::string& field) {
  const Node policy = parsed("[{type: \"*\", " + name + ": " + field + "}]");
  const Rule rule = read_policy(policy, small_catalog())[0];
  return name == "weight" ? *rule.weight : name == "input" ? *rule.input : *rule.output;
}

Json completed(const std::string& name, const std::string& field) {
  const SiteKind kind = name == "weight"  ? SiteKind::Weight
                        : name == "input" ? SiteKind::Input
                                          : SiteKind::Output;
  Calibration calibrate;
  calibrate.method = "percentile";
  return complete_quantizer(field_of(name, field), kind, calibrate, small_catalog());
}

std::string field_error(const std::string& name, const std::string& field) {
  try {
    completed(name, field);
  } catch (const ConfigError& failure) {
    return failure.what();
  }
  return "no error";
}

std::string message(const std::string& name,
                    const std::string& field,
                    const std::string& marked,
                    const std::string& text) {
  const std::string line = "[{type: \"*\", " + name + ": " + field + "}]";
  const size_t column = line.find(marked, line.find(field));
  return "x.yaml:1:" + std::to_string(column + 1) + ": error: " + text + "\n" + line + "\n" +
         std::string(column, ' ') + "^";
}

void check_error(const std::string& name,
                 const std::string& field,
                 const std::string& marked,
                 const std::string& text) {
  CHECK(field_error(name, field) == message(name, field, marked, text));
}

const Json kE4m3{{"quantizer", "minifloat"}, {"format", "e4m3"}, {"scale", "none"}, {"bits", 8}};

TEST_CASE("a short name, a bare name and the full form are one quantizer", "[config]") {
  for (const char* field : {"e4m3",
                            "{quantizer: e4m3}",
                            "minifloat",
                            "{quantizer: minifloat, format: e4m3}",
                            "{quantizer: minifloat, format: {exponent: 4, mantissa: 3}}",
                            "{quantizer: e4m3, bits: 8}"}) {
    INFO(field);
    CHECK(completed("output", field) == kE4m3);
  }
  CHECK(completed("weight", "sign") == completed("weight", "{quantizer: sign, bits: 1}"));
}

TEST_CASE("a format tells its bits, and has one name", "[config]") {
  CHECK(completed("weight", "{quantizer: minifloat, format: e3m2}").at("bits") == 6);
  CHECK(completed("weight", "{quantizer: minifloat, format: blocky}").at("bits") == 4);
  CHECK(completed("weight", "bf16").at("bits") == 16);
  const Json wide = completed("weight", "{quantizer: minifloat, format: e8m7}");
  CHECK(wide == completed("weight", "bf16"));
  CHECK(wide == completed("weight", "{quantizer: minifloat, format: {exponent: 8, mantissa: 7}}"));
}

TEST_CASE("a later rule changes what a short name stands for, key by key", "[config]") {
  const FieldRule both =
      merged(field_of("output", "e4m3"), field_of("output", "{format: e5m2, scale: max}"));
  const Json complete = complete_quantizer(both, SiteKind::Output, {}, small_catalog());
  CHECK(complete.at("format") == "e5m2");
  CHECK(complete.at("scale") == "max");
}

TEST_CASE("a wrong format or its wrong bits are refused where they are written", "[config]") {
  check_error("output",
              "{quantizer: minifloat, format: e9m3}",
              "e9m3",
              "'format' of 'minifloat' must be e4m3, bf16, blocky or eXmY with 2 to 8 bits of "
              "exponent and 1 to 10 of mantissa, got \"e9m3\"; did you mean 'e4m3'?");
  check_error("output",
              "{quantizer: minifloat, format: [e4m3]}",
              "[e4m3",
              "'format' of 'minifloat' must be e4m3, bf16, blocky or eXmY with 2 to 8 bits of "
              "exponent and 1 to 10 of mantissa, got a list");
  check_error("output",
              "{quantizer: minifloat, format: {exponent: 9, mantissa: 3}}",
              "9",
              "'exponent' must be 2 to 8, got 9");
  check_error("output",
              "{quantizer: minifloat, format: {exponent: 4}}",
              "{exponent",
              "missing key 'mantissa' in 'format'");
  check_error("output",
              "{quantizer: minifloat, format: {exponents: 4}}",
              "exponents",
              "unknown key 'exponents' in 'format'; did you mean 'exponent'?");
  check_error("output",
              "{quantizer: e4m3, bits: 4}",
              "4}",
              "bits of 'minifloat' are always 8 with format: e4m3, or 32 for float; got 4");
  check_error("output",
              "{quantizer: e4m3, format: e5m2}",
              "format",
              "'e4m3' is short for minifloat with format: e4m3; leave 'format' out or name "
              "'minifloat'");
  CHECK(field_of("output", "{quantizer: e4m3, bits: 32}").is_float);
}

TEST_CASE("a quantizer for activations is refused on a weight", "[config]") {
  check_error("weight",
              "{quantizer: clipped, bits: 4}",
              "clipped",
              "'clipped' is for activations only; for weights there are uniform, sign, powers and "
              "minifloat");
  check_error("weight",
              "clipped",
              "clipped",
              "'clipped' is for activations only; for weights there are uniform, sign, powers and "
              "minifloat");
}

TEST_CASE("a weight is not left without negative values", "[config]") {
  check_error("weight",
              "{quantizer: powers, bits: 4, terms: 2, signed: false}",
              "false",
              "'powers' with signed: false would leave a weight without negative values");
  CHECK(completed("output", "{quantizer: powers, bits: 4, terms: 2, signed: false}").at("signed") ==
        false);
}

TEST_CASE("a parameter for weights is refused on an activation, unless at its default",
          "[config]") {
  CHECK(completed("output", "{quantizer: sign, scale: none}").at("scale") == "none");
  for (const char* name : {"input", "output"}) {
    check_error(name,
                "{quantizer: sign, scale: mean_abs}",
                "mean_abs",
                "'scale' of 'sign' is for weights only; outputs and inputs have none, got "
                "mean_abs");
  }
}

TEST_CASE("a quantizer's own calibrator comes before the usual ones", "[config]") {
  CHECK(completed("output", "{quantizer: clipped, bits: 4}").at("calibrate") == "mean_abs");
  CHECK(completed("output", "{quantizer: clipped, bits: 4, calibrate: minmax}").at("calibrate") ==
        "minmax");
  CHECK(completed("output", "{quantizer: uniform, bits: 4}").at("calibrate") == "percentile");
}

TEST_CASE("what has no range is not calibrated", "[config]") {
  CHECK_FALSE(completed("input", "sign").contains("calibrate"));
  CHECK_FALSE(completed("output", "e4m3").contains("calibrate"));
  CHECK(completed("output", "{quantizer: e4m3, scale: max}").at("calibrate") == "percentile");
  check_error("output",
              "{quantizer: sign, calibrate: minmax}",
              "minmax",
              "'calibrate' finds a range, and 'sign' has none");
  check_error("output",
              "{quantizer: e4m3, calibrate: minmax}",
              "minmax",
              "'calibrate' finds a range, and 'minifloat' has none unless scale: max or free");
}

TEST_CASE("parameters that make no sense together are refused at the first of them", "[config]") {
  check_error("output",
              "{quantizer: clipped, bits: 1, signed: true, even: true}",
              "1,",
              "'clipped' makes no sense with bits: 1, even: true and signed: true: it would have "
              "a single level");
  CHECK(field_error("output", "{quantizer: clipped, bits: 3, signed: true, even: true}") ==
        "no error");
  CHECK(field_error("output", "{quantizer: clipped, bits: 1, signed: true}") == "no error");
}

TEST_CASE("a parameter without effect is refused where a rule gives it, not as a default",
          "[config]") {
  CHECK(completed("weight", "{quantizer: uniform, bits: 4, symmetric: false}").at("narrow") ==
        true);
  check_error("weight",
              "{quantizer: uniform, bits: 4, symmetric: false, narrow: true}",
              "true",
              "'uniform' makes no sense with narrow: true and symmetric: false: only symmetric "
              "codes can be narrow");
}

TEST_CASE("a parameter that others leave without effect is refused, at its default too",
          "[config]") {
  CHECK(completed("output", "{quantizer: powers, bits: 4, terms: 4, signed: false}").at("clip") ==
        0.5);
  check_error("output",
              "{quantizer: powers, bits: 4, terms: 4, clip: 0.5}",
              "0.5",
              "'clip' of 'powers' has no effect with terms: 4; it needs signed: true and terms: 2 "
              "or 3");
  check_error("output",
              "{quantizer: powers, bits: 4, terms: 1, clip: 1, signed: false}",
              "1, signed",
              "'clip' of 'powers' has no effect with signed: false and terms: 1; it needs signed: "
              "true and terms: 2 or 3");
}

TEST_CASE("a later rule may leave an earlier one's parameter without effect: both are given",
          "[config]") {
  const FieldRule both =
      merged(field_of("output", "{quantizer: powers, bits: 4, terms: 2, clip: 1}"),
             field_of("output", "{terms: 4}"));
  CHECK_THROWS_WITH(complete_quantizer(both, SiteKind::Output, {}, small_catalog()),
                    ContainsSubstring("x.yaml:1:67: error: 'clip' of 'powers' has no effect with "
                                      "terms: 4"));
  const FieldRule anew =
      merged(field_of("output", "{quantizer: powers, bits: 4, terms: 2, clip: 1}"),
             field_of("output", "{quantizer: powers, bits: 4, terms: 4}"));
  CHECK(complete_quantizer(anew, SiteKind::Output, {}, small_catalog()).at("clip") == 0.5);
}

TEST_CASE("a whole number is the same value of a parameter as its fraction", "[config]") {
  CHECK(completed("weight", "{quantizer: powers, bits: 4, terms: 2, clip: 1}").dump() ==
        completed("weight", "{quantizer: powers, bits: 4, terms: 2, clip: 1.0}").dump());
}

TEST_CASE("a field and the parts of a format may be variables", "[config]") {
  CHECK(error_of("qsweep: 1\n"
                 "policies: {p: [{type: Conv2d, output: $q, weight: {quantizer: minifloat, "
                 "format: {exponent: $e, mantissa: 3}}}]}\n"
                 "matrix: {model: resnet20, policy: p, q: [e4m3, sign, float], e: [4, 5]}\n") ==
        "");
}

}  // namespace
}  // namespace qsweep
