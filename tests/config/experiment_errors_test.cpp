#include "config/small_catalog.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

std::string caret(const std::string& line, const std::string& marked) {
  return '\n' + line + '\n' + std::string(line.find(marked), ' ') + '^';
}

std::string place(int number, const std::string& line, const std::string& marked) {
  return "x.yaml:" + std::to_string(number) + ':' + std::to_string(line.find(marked) + 1) +
         ": error: ";
}

// A whole file of which one line is wrong; `marked` is what the caret points at.
Mistake in_line(int number,
                const std::string& text,
                const std::string& marked,
                const std::string& message) {
  size_t start = 0;
  for (int i = 1; i < number; ++i) {
    start = text.find('\n', start) + 1;
  }
  const std::string line = text.substr(start, text.find('\n', start) - start);
  return {text, place(number, line, marked) + message + caret(line, marked)};
}

const std::string kPolicies =
    "qsweep: 1\n"
    "policies: {p: [{type: Conv2d, weight: {quantizer: uniform, bits: $w}}], q: [{type: Conv2d, "
    "output: float}]}\n";
const std::string kMatrix = kPolicies + "matrix: {model: [resnet20], policy: p, w: [8, 4]}\n";

Mistake in_matrix(const std::string& matrix,
                  const std::string& marked,
                  const std::string& message) {
  return in_line(3, kPolicies + "matrix: " + matrix + "\n", marked, message);
}

Mistake in_rows(const std::string& rows, const std::string& marked, const std::string& message) {
  return in_line(4, kMatrix + rows + "\n", marked, message);
}

TEST_CASE("a file that is no experiment is told so", "[config]") {
  const std::string known =
      "qsweep, name, keep, plugins, policies, engines, seed, data, pretrain, calibrate, "
      "corrections, "
      "finetune, "
      "evaluate, validation, matrix, exclude, include, override or gates";
  check_all({
      in_line(1, "- a\n", "- a", "the experiment file must be a map, got a list"),
      in_line(1, "name: a\n", "name", "missing key 'qsweep'; the file starts with 'qsweep: 1'"),
      in_line(
          1, "qsweep: 2\n", "2", "'qsweep' is the version of the format and must be 1, got '2'"),
      in_line(
          1,
          "qsweep: \"1\"\n",
          "\"1\"",
          "'qsweep' is the version of the format and must be 1, got the text \"1\"; it needs no "
          "quotes"),
      in_line(2,
              "qsweep: 1\npolices: {}\n",
              "polices",
              "unknown key 'polices' in the experiment file; did you mean 'policies'?"),
      in_line(2,
              "qsweep: 1\nzzzzz: {}\n",
              "zzzzz",
              "unknown key 'zzzzz' in the experiment file; known are " + known),
      in_line(2,
              "qsweep: 1\nname: a/b\n",
              "a/b",
              "'name' must be a name of at most 200 letters, digits, '.', '_' and '-' that starts "
              "with none of '.' and '-', got 'a/b'"),
      in_line(2,
              "qsweep: 1\nname: ..\n",
              "..",
              "'name' must be a name of at most 200 letters, digits, '.', '_' and '-' that starts "
              "with none of '.' and '-', got '..'"),
      in_line(1, "qsweep: 1\n", "qsweep", "missing key 'matrix' in the experiment file"),
      in_line(2,
              "qsweep: 1\nname: $w\n",
              "$w",
              "'$w' cannot be read in 'name'; write '$$' for a dollar"),
  });
}

TEST_CASE("wrong YAML is refused where it goes wrong", "[config]") {
  check_all({
      in_line(3, "a: 1\nb: 2\na: 3\n", "a", "duplicate key 'a'; it is in line 1 already"),
      in_line(1, "{a: {b: 1, \"b\": 2}}\n", "\"b\"", "duplicate key 'b'; it is in line 1 already"),
      in_line(2, "a: 1\n---\nb: 2\n", "---", "a second document starts here; a file holds one"),
      in_line(1,
              "a: *nothing\n",
              "*",
              "unknown alias '*nothing'; a text that starts with '*' is quoted"),
      in_line(2,
              "a:\n  root: [${HOME}]\n",
              "${",
              "within [ ] or { } a '${NAME}' is quoted: \"${NAME}\""),
      in_line(1, "{[a]: 1}\n", "[a]", "a key must be a text, not a list or a map"),
      in_line(1, "{~: 1}\n", "~", "a key must be a text"),
      in_line(1, "a: {<<: 1}\n", "1}", "'<<' merges a map or a list of maps"),
      in_line(1, "a: {<<: [{b: 1}, c]}\n", "c]", "'<<' merges a map or a list of maps"),
  });
}

TEST_CASE("a broken syntax is an error with a place", "[config]") {
  CHECK(error_of("a: [1, 2\n").rfind("x.yaml:2:1: error: ", 0) == 0);
  CHECK(error_of("a: b: c\n").rfind("x.yaml:1:5: error: ", 0) == 0);
  CHECK(error_of("a: \"x\n").rfind("x.yaml:", 0) == 0);
}

TEST_CASE("a wrong axis is refused where it is written", "[config]") {
  check_all({
      in_matrix("[model]", "[", "'matrix' must be a map, got a list"),
      in_matrix("{}", "{}", "'matrix' is an empty map"),
      in_matrix("{policy: q}", "{", "missing key 'model' in 'matrix'"),
      in_matrix("{model: resnet20}", "{", "missing key 'policy' in 'matrix'"),
      in_matrix("{model: []}", "[]", "'model' is an empty list"),
      in_matrix("{model: resnet20, policy: r}", "r}", "unknown policy 'r'; known are p, q"),
      in_matrix("{model: resnet20, policy: weights}",
                "weights",
                "unknown policy 'weights'; known are p, q"),
      in_matrix("{model: resnet20, policy: float}",
                "float",
                "'float' is the reserved policy of the rows that are always there"),
      in_matrix("{model: resnet20, policy: p, w: 8, v: [1, 2]}",
                "v:",
                "unread variable 'v': no row has a '$v'"),
      in_matrix("{model: resnet20, policy: p, w: 8, sed: [1, 2]}",
                "sed",
                "unread variable 'sed': no row has a '$sed'; did you mean 'seed'?"),
      in_matrix("{model: resnet20, policy: q, bits: [{w: 8}, {w: 4}]}",
                "bits",
                "unread variable 'w': no row has a '$w'"),
      in_matrix("{model: resnet20, policy: q, w: [8, ~]}",
                "~",
                "a value of 'w' must be a scalar or a list of scalars, got nothing"),
      in_matrix("{model: resnet20, policy: p, w: []}", "[]", "'w' is an empty list"),
      in_matrix("{model: resnet20, policy: p, w: [8, {w: 4}]}",
                "{w: 4",
                "either all entries of an axis are maps or none is"),
      in_matrix("{model: resnet20, policy: p, b: [{w: 8, a: 8}, {w: 4}]}",
                "{w: 4",
                "every entry of this axis sets w and a; 'a' is missing"),
      in_matrix("{model: resnet20, policy: p, b: [{w: 8}, {w: 4, a: 3}]}",
                "a: 3",
                "every entry of this axis sets w, got 'a'"),
      in_matrix("{model: resnet20, policy: p, b: [{w: 8}, 4]}",
                "4]",
                "every entry of this axis sets w, got '4'"),
      in_matrix("{model: resnet20, policy: p, w: 8, b: [{w: 8}]}",
                "b:",
                "'w' is set by another axis already"),
      in_matrix("{model: resnet20, policy: p, w-1: 8}",
                "w-1",
                "'w-1' cannot name a variable; it takes letters, digits and '_'"),
      in_matrix("{model: resnet20, policy: p, status: 8}",
                "status",
                "'status' cannot name a variable: reports have a column of that name"),
      in_matrix("{model: resnet20, policy: p, finetune.rl: 8}",
                "finetune.rl",
                "unknown setting 'finetune.rl'; did you mean 'finetune.lr'?"),
      in_matrix("{model: resnet20, policy: p, finetune: 8}",
                "finetune",
                "'finetune' is a section; an axis sets one of its keys, as in 'finetune.epochs'"),
      in_matrix("{model: resnet20, policy: p, finetune.lr: [0.1, -1]}",
                "-1",
                "'lr' must be above 0 and at most 1000, got -1"),
      in_matrix("{model: resnet20, policy: p, w: [$w]}",
                "$w",
                "'$w' cannot be read in 'matrix'; write '$$' for a dollar"),
  });
}

TEST_CASE("a wrong model is refused where it is written", "[config]") {
  check_all({
      in_matrix(
          "{model: resnet21}", "resnet21", "unknown model 'resnet21'; did you mean 'resnet20'?"),
      in_matrix("{model: vgg}", "vgg", "unknown model 'vgg'; known are resnet20, resnet18"),
      in_matrix("{model: [[resnet20]]}", "[resnet20]", "'model' must be a text, got a list"),
      in_matrix("{model: {script: /no/such.pt}}", "/no", "no such file: /no/such.pt"),
      in_matrix("{model: {script: /usr}}", "/usr", "/usr is a folder, not a TorchScript file"),
      in_matrix("{model: {script: /usr, weights: a.pt}}",
                "weights",
                "unknown key 'weights' in a script model; known are script, output, as, mean, "
                "std or size"),
      in_matrix("{model: {as: a}}", "{as", "missing key 'model' or 'script' in a model"),
      in_matrix("{model: {model: resnet20, wieghts: a.pt}}",
                "wieghts",
                "unknown key 'wieghts' in the model 'resnet20'; did you mean 'weights'?"),
      in_matrix("{model: {model: resnet20, stem: small}}",
                "stem",
                "unknown key 'stem' in the model 'resnet20'; known are model, weights, as, mean, "
                "std or size"),
      in_matrix("{model: {model: resnet18, stem: tiny}}",
                "tiny",
                "'stem' of 'resnet18' must be imagenet or small, got \"tiny\""),
      in_matrix(
          "{model: {model: resnet20, weights: /no/such.pt}}", "/no", "no such file: /no/such.pt"),
      in_matrix("{model: {model: resnet20, weights: /usr}}",
                "/usr",
                "/usr is a folder, not a file of weights"),
      in_matrix("{model: {model: resnet20, mean: [2]}}", "2]", "'mean' must be 0 to 1, got 2"),
      in_matrix("{model: {model: resnet20, size: 32.5}}",
                "32.5",
                "'size' must be a whole number, got '32.5'"),
      in_matrix("{model: [resnet20, resnet20], policy: p, w: 8}",
                "resnet20]",
                "another model is called 'resnet20' already; give this one a name of its own with "
                "'as'"),
      in_matrix("{model: [resnet20, {model: resnet18, as: resnet20}], policy: p, w: 8}",
                "{model: resnet18",
                "another model is called 'resnet20' already; give this one a name of its own with "
                "'as'"),
      in_matrix("{model: [resnet18, {model: resnet18, stem: small}], policy: p, w: 8}",
                "{model: resnet18",
                "another model is called 'resnet18' already; give this one a name of its own with "
                "'as'"),
      in_matrix("{model: [{model: resnet18, stem: small}, resnet18], policy: p, w: 8}",
                "resnet18], policy",
                "another model is called 'resnet18' already; give this one a name of its own with "
                "'as'"),
      in_matrix("{model: [{model: resnet18}, {model: resnet18, stem: small}], policy: p, w: 8}",
                "{model: resnet18, stem",
                "another model is called 'resnet18' already; give this one a name of its own with "
                "'as'"),
  });
}

TEST_CASE("an included model that only shares its name with an entry is refused", "[config]") {
  const std::string file =
      kPolicies + "matrix: {model: {model: resnet18, stem: small}, policy: p, w: 8}\n";
  check_all({
      in_line(4,
              file + "include: [{model: {model: resnet18}, policy: q}]\n",
              "{model: resnet18}",
              "another model is called 'resnet18' already; give this one a name of its own with "
              "'as'"),
      in_line(4,
              file + "include: [{model: resnet20, policy: p}]\n",
              "{model: resnet20",
              "the policy 'p' reads '$w', which this row does not give"),
      in_line(4,
              file + "exclude: [{model: resnet20}]\n",
              "resnet20",
              "unknown model 'resnet20'; did you mean 'resnet18'?"),
  });
}

TEST_CASE("wrong conditions are refused where they are written", "[config]") {
  check_all({
      in_rows("exclude: {w: 8}", "{w", "'exclude' must be a list, got a map"),
      in_rows("exclude: []", "[]", "'exclude' is an empty list"),
      in_rows("exclude: [{}]", "{}", "an entry of 'exclude' is an empty map"),
      in_rows("exclude: [w]", "w]", "an entry of 'exclude' must be a map, got 'w'"),
      in_rows(
          "exclude: [{ww: 8}]", "ww", "'ww' is neither an axis nor a setting; did you mean 'w'?"),
      in_rows("exclude: [{bits: 8}]",
              "bits",
              "'bits' is neither an axis nor a setting; the axes give model, policy and w"),
      in_rows("exclude: [{w: ~}]", "~", "a value of 'w' must be as in the matrix, got nothing"),
      in_rows("exclude: [{w: []}]", "[]", "'w' is an empty list"),
      in_rows("exclude: [{model: resnet18}]",
              "resnet18",
              "unknown model 'resnet18'; did you mean 'resnet20'?"),
      in_rows("exclude: [{policy: [p, rr]}]", "rr", "unknown policy 'rr'; known are p, q"),
      in_rows(
          "exclude: [{w: $w}]", "$w", "'$w' cannot be read in 'exclude'; write '$$' for a dollar"),
  });
}

TEST_CASE("wrong rows and edits are refused where they are written", "[config]") {
  check_all({
      in_rows("include: [{model: resnet20}]",
              "{model",
              "missing key 'policy' in an entry of 'include'"),
      in_rows("include: [{policy: q}]", "{policy", "missing key 'model' in an entry of 'include'"),
      in_rows("include: [{model: resnet20, policy: p}]",
              "{model",
              "the policy 'p' reads '$w', which this row does not give"),
      in_rows("include: [{model: resnet20, policy: q, v: 1}]",
              "v:",
              "'v' is neither an axis nor a setting; the axes give model, policy and w"),
      in_rows("include: [{model: {model: resnet18, as: resnet20}, policy: q}]",
              "{model: resnet18",
              "another model is called 'resnet20' already; give this one a name of its own with "
              "'as'"),
      in_rows(
          "override: [{set: {seed: 1}}]", "{set", "missing key 'when' in an entry of 'override'"),
      in_rows("override: [{when: {w: 8}}]", "{when", "missing key 'set' in an entry of 'override'"),
      in_rows("override: [{when: {w: 8}, set: {sed: 4}}]",
              "sed",
              "unknown setting 'sed'; did you mean 'seed'?"),
      in_rows("override: [{when: {w: 8}, set: {w: 4}}]",
              "w: 4",
              "'w' tells rows apart and stays as it is; 'set' takes settings, as in finetune.lr"),
      in_rows("override: [{when: {w: 8}, set: {policy: p}}]",
              "policy",
              "'policy' tells rows apart and stays as it is; 'set' takes settings, as in "
              "finetune.lr"),
      in_rows("override: [{when: {w: 8}, set: {finetune.epoch: 4}}]",
              "finetune",
              "unknown setting 'finetune.epoch'; did you mean 'finetune.epochs'?"),
      in_rows("override: [{when: {w: 8}, set: {finetune.epochs: two}}]",
              "two",
              "'epochs' must be a whole number, got 'two'"),
      in_rows("override: [{then: {seed: 1}}]",
              "then",
              "unknown key 'then' in an entry of 'override'; did you mean 'when'?"),
  });
}

TEST_CASE("a wrong gate is refused where it is written", "[config]") {
  check_all({
      in_rows("gates: [{metric: top1, vs: float}]", "{metric", "missing key 'max_drop' in a gate"),
      in_rows("gates: [{metric: top2, vs: float, max_drop: 1}]",
              "top2",
              "'metric' must be top1, top1_ptq, top1_best, top5, loss or images_per_s, got 'top2'; "
              "did you mean 'top1'?"),
      in_rows("gates: [{metric: top1, vs: best, max_drop: 1}]",
              "best",
              "'vs' must be float, or the path of a run's folder or of a results.csv, with a '/' "
              "or .csv; got 'best'"),
      in_rows("gates: [{metric: top1, vs: float, max_drop: -1}]",
              "-1",
              "'max_drop' must be 0 to 1000000, got -1"),
      in_rows("gates: [{metric: images_per_s, vs: float, max_drop: 10}]",
              "10}",
              "'max_drop' of images_per_s is a part of what it compares with, like 10%, from 0% to "
              "below 100%; got '10'"),
      in_rows("gates: [{metric: images_per_s, vs: float, max_drop: 10%}]",
              "{metric",
              "missing key 'repeats' in a gate"),
      in_rows("gates: [{metric: images_per_s, vs: float, max_drop: 10%, repeats: 2}]",
              "2}",
              "'repeats' must be 3 to 1000, got 2"),
      in_rows("gates: [{metric: top1, vs: float, max_drop: 1, repeats: 5}]",
              "5}",
              "'repeats' is for timings; top1 is the same every time"),
      in_rows("gates: [{metric: top1, vs: float, max_drop: 1, were: {w: 8}}]",
              "were",
              "unknown key 'were' in a gate; did you mean 'where'?"),
      in_rows("gates: [{metric: top1, vs: float, max_drop: 1, where: {v: 8}}]",
              "v: 8",
              "'v' is neither an axis nor a setting; the axes give model, policy and w"),
  });
}

}  // namespace
}  // namespace qsweep
