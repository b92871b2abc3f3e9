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
Mistake at(const std::string& rule, const std::string& marked, const std::string& message) {
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
      at("{typ: Conv2d, output: float}",
         "typ",
         "unknown key 'typ' in a rule; did you mean 'type'?"),
      at("{kind: Conv2d, output: float}",
         "kind",
         "unknown key 'kind' in a rule; known are type, name, position, not, weight, output or "
         "input"),
      at("Conv2d", "Conv2d", "a rule must be a map, got 'Conv2d'"),
      at("{}", "{", "a rule is an empty map"),
      at("{type: Conv2d}", "{", "this rule says nothing; give 'weight', 'output' or 'input'"),
      at("{output: float}",
         "{",
         "this rule would select every layer; if it should, write type: \"*\""),
      at("{type: conv2d, output: float}",
         "conv2d",
         "unknown layer type 'conv2d'; did you mean 'Conv2d'?"),
      at("{type: [Conv2d, Softmax], output: float}",
         "Softmax",
         "unknown layer type 'Softmax'; known are Conv2d, Linear, ReLU, Add"),
      at("{type: MaxPool2d, output: float}",
         "MaxPool2d",
         "'MaxPool2d' only moves data and is never a step"),
      at("{type: [], output: float}", "[", "'type' is an empty list"),
      at("{name: {a: b}, output: float}", "{a", "'name' must be a text, got a map"),
      at("{name: ~, output: float}", "~", "'name' must be a text, got nothing"),
      at("{position: frist, output: float}",
         "frist",
         "'position' must be first or last, got 'frist'; did you mean 'first'?"),
      at("{not: {}, output: float}", "{}", "'not' is an empty map"),
      at("{not: {output: float}, output: float}",
         "output",
         "unknown key 'output' in 'not'; known are type, name, position or not"),
      at("{not: {not: {type: Pool}}, output: float}",
         "Pool",
         "unknown layer type 'Pool'; known are Conv2d, Linear, ReLU, Add"),
      at("{type: *, output: float}",
         "*",
         "an alias needs a name after '*'; to mean the text, write \"*\""),
      at("{name: *.conv1, output: float}",
         "*",
         "unknown alias '*.conv1'; a text that starts with '*' is quoted"),
  });
}

TEST_CASE("a wrong field is refused where it is written", "[config]") {
  check_all({
      at(field("double"),
         "double",
         "'weight' must be float, a quantizer's name or a map as in {quantizer: uniform, bits: 8}, "
         "got 'double'"),
      at(field("e4m4"),
         "e4m4",
         "'weight' must be float, a quantizer's name or a map as in {quantizer: uniform, bits: 8}, "
         "got 'e4m4'; did you mean 'e4m3'?"),
      at(field("[float]"),
         "[",
         "'weight' must be float, a quantizer's name or a map as in {quantizer: uniform, bits: 8}, "
         "got a list"),
      at(field("{}"), "{}", "'weight' is an empty map"),
      at(field("{quantiser: uniform}"),
         "quantiser",
         "unknown key 'quantiser' in a rule; did you mean 'quantizer'?"),
      at(field("{quantizer: unifrom}"),
         "unifrom",
         "unknown quantizer 'unifrom'; did you mean 'uniform'?"),
      at(field("{quantizer: lsq}"),
         "lsq",
         "unknown quantizer 'lsq'; known are uniform, sign, powers, clipped, minifloat, bf16, "
         "e4m3"),
      at(field("{quantizer: e5m3}"), "e5m3", "unknown quantizer 'e5m3'; did you mean 'e4m3'?"),
      at(field("{quantizer: ~}"), "~", "'quantizer' must be a text, got nothing"),
      at(field("{quantizer: uniform, scale: none}"),
         "scale",
         "unknown key 'scale' in a rule; known are quantizer, bits, calibrate, granularity, "
         "symmetric or narrow"),
      at(field("{quantizer: uniform, granularty: per_tensor}"),
         "granularty",
         "unknown key 'granularty' in a rule; did you mean 'granularity'?"),
      at(field("{quantizer: uniform, bits: 33}"),
         "33",
         "bits of 'uniform' must be 2 to 16, or 32 for float; got 33"),
      at(field("{quantizer: uniform, bits: -1}"),
         "-1",
         "bits of 'uniform' must be 2 to 16, or 32 for float; got -1"),
      at(field("{quantizer: sign, bits: 2}"),
         "2}",
         "bits of 'sign' are always 1, or 32 for float; got 2"),
      at(field("{bits: 0}"), "0", "'bits' must be 1 to 1000000, got 0"),
      at(field("{bits: 4.5}"), "4.5", "'bits' must be a whole number, got '4.5'"),
      at(field("{bits: \"4\"}"),
         "\"4\"",
         "'bits' must be a whole number, got the text \"4\"; it needs no quotes"),
      at(field("{quantizer: uniform, granularity: per_chanel}"),
         "per_chanel",
         "'granularity' of 'uniform' must be per_tensor or per_channel, got \"per_chanel\"; did "
         "you mean 'per_channel'?"),
      at(field("{quantizer: uniform, symmetric: 1}"),
         "1}",
         "'symmetric' of 'uniform' must be true or false, got 1"),
      at(field("{quantizer: uniform, symmetric: [true]}"),
         "[true",
         "'symmetric' of 'uniform' must be true or false, got a list"),
      at(field("{quantizer: powers, terms: 5}"),
         "5}",
         "'terms' of 'powers' must be a whole number from 0 to 4, got 5"),
      at(field("{clip: 2.5}"), "2.5", "'clip' of 'powers' must be a number from 0 to 1, got 2.5"),
      at(field("{granularity: channel}"),
         "channel",
         "'granularity' of 'uniform' must be per_tensor or per_channel, got \"channel\""),
      at(field("{calibrate: minmux}"),
         "minmux",
         "unknown calibrator 'minmux'; did you mean 'minmax'?"),
      at(field("{calibrate: [minmax]}"), "[minmax", "'calibrate' must be a text, got a list"),
      at(field("{calibrate: {}}"), "{}", "'calibrate' is an empty map"),
      at(field("{calibrate: {p: 99}}"), "{p", "missing key 'name' in 'calibrate'"),
      at(field("{calibrate: {name: percentil}}"),
         "percentil",
         "unknown calibrator 'percentil'; did you mean 'percentile'?"),
      at(field("{calibrate: {name: percentile, q: 99}}"),
         "q:",
         "unknown key 'q' in the calibrator 'percentile'; did you mean 'p'?"),
      at(field("{calibrate: {name: minmax, p: 99}}"),
         "p:",
         "unknown key 'p' in the calibrator 'minmax'; known are name"),
      at(field("{calibrate: {name: percentile, p: 101}}"),
         "101",
         "'p' of 'percentile' must be a number from 0 to 100, got 101"),
      at(field("{calibrate: {name: percentile, p: high}}"),
         "high",
         "'p' of 'percentile' must be a number from 0 to 100, got \"high\""),
      at(field("{bits: $v}"), "$v", "'$v' is not a variable of the matrix; did you mean '$w'?"),
      at(field("{bits: x$w}"),
         "x$w",
         "'$' starts a variable that stands for a whole value, or '${NAME}' of the environment; "
         "write '$$' for a dollar"),
      at(field("{gran: $w}"),
         "gran",
         "unknown key 'gran' in a rule; did you mean 'granularity'?"),
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
