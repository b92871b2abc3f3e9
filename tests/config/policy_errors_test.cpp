#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

const std::string kTail = "\nmatrix: {model: resnet20, policy: p, w: [8, 4]}\n";

// The rule stands in line 4 from column 7 on.
std::string file_of(const std::string& rule) {
  return "qsweep: 1\npolicies:\n  p:\n    - " + rule + kTail;
}

// The message for a rule, with the caret below a column of the rule.
Mistake in_rule(const std::string& rule, const std::string& marked, const std::string& message) {
  const size_t offset = 6 + rule.find(marked);
  return {file_of(rule),
          "x.yaml:4:" + std::to_string(offset + 1) + ": error: " + message + "\n    - " + rule +
              '\n' + std::string(offset, ' ') + '^'};
}

std::string field(const std::string& content) {
  return "{type: Conv2d, weight: " + content + "}";
}

TEST_CASE("a wrong rule is refused where it is written", "[config]") {
  check_all({
      in_rule("{typ: Conv2d, output: float}",
              "typ",
              "unknown key 'typ' in a rule; did you mean 'type'?"),
      in_rule(
          "{kind: Conv2d, output: float}",
          "kind",
          "unknown key 'kind' in a rule; known are type, name, position, not, weight, output or "
          "input"),
      in_rule("Conv2d", "Conv2d", "a rule must be a map, got 'Conv2d'"),
      in_rule("{}", "{", "a rule is an empty map"),
      in_rule("{type: Conv2d}", "{", "this rule says nothing; give 'weight', 'output' or 'input'"),
      in_rule("{output: float}",
              "{",
              "this rule would select every layer; if it should, write type: \"*\""),
      in_rule("{type: conv2d, output: float}",
              "conv2d",
              "unknown layer type 'conv2d'; did you mean 'Conv2d'?"),
      in_rule("{type: [Conv2d, Softmax], output: float}",
              "Softmax",
              "unknown layer type 'Softmax'; known are Conv2d, Linear, ReLU, Add"),
      in_rule("{type: MaxPool2d, output: float}",
              "MaxPool2d",
              "'MaxPool2d' only moves data and is never a step"),
      in_rule("{type: [], output: float}", "[", "'type' is an empty list"),
      in_rule("{name: {a: b}, output: float}", "{a", "'name' must be a text, got a map"),
      in_rule("{name: ~, output: float}", "~", "'name' must be a text, got nothing"),
      in_rule("{position: frist, output: float}",
              "frist",
              "'position' must be first or last, got 'frist'; did you mean 'first'?"),
      in_rule("{not: {}, output: float}", "{}", "'not' is an empty map"),
      in_rule("{not: {output: float}, output: float}",
              "output",
              "unknown key 'output' in 'not'; known are type, name, position or not"),
      in_rule("{not: {not: {type: Pool}}, output: float}",
              "Pool",
              "unknown layer type 'Pool'; known are Conv2d, Linear, ReLU, Add"),
      in_rule("{type: *, output: float}",
              "*",
              "an alias needs a name after '*'; to mean the text, write \"*\""),
      in_rule("{name: *.conv1, output: float}",
              "*",
              "unknown alias '*.conv1'; a text that starts with '*' is quoted"),
  });
}

TEST_CASE("a wrong field is refused where it is written", "[config]") {
  check_all({
      in_rule(field("double"),
              "double",
              "'weight' must be float, a quantizer's name or a map as in {quantizer: uniform, "
              "bits: 8}, "
              "got 'double'"),
      in_rule(field("e4m4"),
              "e4m4",
              "'weight' must be float, a quantizer's name or a map as in {quantizer: uniform, "
              "bits: 8}, "
              "got 'e4m4'; did you mean 'e4m3'?"),
      in_rule(field("[float]"),
              "[",
              "'weight' must be float, a quantizer's name or a map as in {quantizer: uniform, "
              "bits: 8}, "
              "got a list"),
      in_rule(field("{}"), "{}", "'weight' is an empty map"),
      in_rule(field("{quantiser: uniform}"),
              "quantiser",
              "unknown key 'quantiser' in a rule; did you mean 'quantizer'?"),
      in_rule(field("{quantizer: unifrom}"),
              "unifrom",
              "unknown quantizer 'unifrom'; did you mean 'uniform'?"),
      in_rule(field("{quantizer: lsq}"),
              "lsq",
              "unknown quantizer 'lsq'; known are uniform, sign, powers, clipped, minifloat, bf16, "
              "e4m3"),
      in_rule(field("{quantizer: e5m3}"),
              "e5m3",
              "unknown quantizer 'e5m3'; it is a format of 'minifloat': {quantizer: minifloat, "
              "format: e5m3}"),
      in_rule(
          field("{quantizer: e4m33}"), "e4m33", "unknown quantizer 'e4m33'; did you mean 'e4m3'?"),
      in_rule(
          field("{quantizer: float}"), "float", "'float' is no quantizer; write 'weight: float'"),
      in_rule(field("{quantizer: ~}"), "~", "'quantizer' must be a text, got nothing"),
      in_rule(field("{quantizer: uniform, scale: none}"),
              "scale",
              "unknown key 'scale' in a rule; known are quantizer, bits, calibrate, granularity, "
              "symmetric or narrow"),
      in_rule(field("{quantizer: uniform, granularty: per_tensor}"),
              "granularty",
              "unknown key 'granularty' in a rule; did you mean 'granularity'?"),
      in_rule(field("{quantizer: uniform, bits: 33}"),
              "33",
              "bits of 'uniform' must be 2 to 16, or 32 for float; got 33"),
      in_rule(field("{quantizer: uniform, bits: -1}"),
              "-1",
              "bits of 'uniform' must be 2 to 16, or 32 for float; got -1"),
      in_rule(field("{quantizer: sign, bits: 2}"),
              "2}",
              "bits of 'sign' are always 1, or 32 for float; got 2"),
      in_rule(field("{bits: 0}"), "0", "'bits' must be 1 to 1000000, got 0"),
      in_rule(field("{bits: 4.5}"), "4.5", "'bits' must be a whole number, got '4.5'"),
      in_rule(field("{bits: \"4\"}"),
              "\"4\"",
              "'bits' must be a whole number, got the text \"4\"; it needs no quotes"),
      in_rule(
          field("{quantizer: uniform, granularity: per_chanel}"),
          "per_chanel",
          "'granularity' of 'uniform' must be per_tensor or per_channel, got \"per_chanel\"; did "
          "you mean 'per_channel'?"),
      in_rule(field("{quantizer: uniform, symmetric: 1}"),
              "1}",
              "'symmetric' of 'uniform' must be true or false, got 1"),
      in_rule(field("{quantizer: uniform, symmetric: [true]}"),
              "[true",
              "'symmetric' of 'uniform' must be true or false, got a list"),
      in_rule(field("{quantizer: powers, terms: 5}"),
              "5}",
              "'terms' of 'powers' must be a whole number from 0 to 4, got 5"),
      in_rule(
          field("{clip: 2.5}"), "2.5", "'clip' of 'powers' must be a number from 0 to 1, got 2.5"),
      in_rule(field("{granularity: channel}"),
              "channel",
              "'granularity' of 'uniform' must be per_tensor or per_channel, got \"channel\""),
      in_rule(field("{calibrate: minmux}"),
              "minmux",
              "unknown calibrator 'minmux'; did you mean 'minmax'?"),
      in_rule(field("{calibrate: [minmax]}"), "[minmax", "'calibrate' must be a text, got a list"),
      in_rule(field("{calibrate: {}}"), "{}", "'calibrate' is an empty map"),
      in_rule(field("{calibrate: {p: 99}}"), "{p", "missing key 'name' in 'calibrate'"),
      in_rule(field("{calibrate: {name: percentil}}"),
              "percentil",
              "unknown calibrator 'percentil'; did you mean 'percentile'?"),
      in_rule(field("{calibrate: {name: percentile, q: 99}}"),
              "q:",
              "unknown key 'q' in the calibrator 'percentile'; known are name or p"),
      in_rule(field("{calibrate: {name: minmax, p: 99}}"),
              "p:",
              "unknown key 'p' in the calibrator 'minmax'; known are name"),
      in_rule(field("{calibrate: {name: percentile, p: 101}}"),
              "101",
              "'p' of 'percentile' must be a number from 0 to 100, got 101"),
      in_rule(field("{calibrate: {name: percentile, p: high}}"),
              "high",
              "'p' of 'percentile' must be a number from 0 to 100, got \"high\""),
      in_rule(
          field("{bits: $v}"), "$v", "'$v' is not a variable of the matrix; did you mean '$w'?"),
      in_rule(
          field("{bits: x$w}"),
          "x$w",
          "'$' starts a variable that stands for a whole value, or '${NAME}' of the environment; "
          "write '$$' for a dollar"),
      in_rule(
          field("{gran: $w}"), "gran", "unknown key 'gran' in a rule; did you mean 'granularity'?"),
  });
}

TEST_CASE("a wrong policy is refused where it is written", "[config]") {
  check_all({
      {"qsweep: 1\npolicies: {p: {type: Conv2d, output: float}}" + kTail,
       "x.yaml:2:15: error: a policy must be a list of rules, got a map\n"
       "policies: {p: {type: Conv2d, output: float}}\n"
       "              ^"},
      {"qsweep: 1\npolicies: {p: []}" + kTail,
       "x.yaml:2:15: error: a policy without rules; the float row needs none\n"
       "policies: {p: []}\n"
       "              ^"},
      {"qsweep: 1\npolicies: {float: [{type: Conv2d, output: float}]}" + kTail,
       "x.yaml:2:12: error: 'float' is the reserved policy of the rows that are always there\n"
       "policies: {float: [{type: Conv2d, output: float}]}\n"
       "           ^"},
      {"qsweep: 1\npolicies: {a b: [{type: Conv2d, output: float}]}" + kTail,
       "x.yaml:2:12: error: a policy's name takes letters, digits, '.', '_' and '-', got 'a b'\n"
       "policies: {a b: [{type: Conv2d, output: float}]}\n"
       "           ^"},
      {"qsweep: 1\npolicies:\n  p:" + kTail,
       "x.yaml:3:3: error: a policy must be a list of rules, got nothing\n"
       "  p:\n"
       "  ^"},
  });
}

}  // namespace
}  // namespace qsweep
