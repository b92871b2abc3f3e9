#include "qsweep/engine/resolved_text.hpp"

#include "plan/small_world.hpp"
#include "support/catch.hpp"
#include "support/environment.hpp"

namespace qsweep {
namespace {

Node parsed_file(const std::string& text) {
  return parse_yaml(std::make_shared<const Source>(Source{"x.yaml", text}));
}

}  // namespace

TEST_CASE("a resolved file depends on nothing around it", "[engine]") {
  const test::Environment folder("QSWEEP_TEST_ROOT", "/images $1");
  CHECK(resolved_text(parsed_file(R"(qsweep: 1
plugins: [build/net.so, "/lib/a b.so"]
x-rule: &rule {type: "*", output: float}
data: {name: image_folder, root: "${QSWEEP_TEST_ROOT}", train: "test[:8000]"}
policies:
  all:
    - *rule
    - type: [Conv2d, Linear]
      weight: {bits: $w}
matrix:
  model: [net, {model: net, weights: ../w.pt, as: "8"}]
  data.root: [images, /data]
  bits: [{weights: 8, root: a}, {weights: 4, root: b}]
override: [{when: {model: "8"}, set: {data.root: other}}]
gates:
  - {metric: top1, vs: float, max_drop: 1}
  - {metric: top1, vs: ../base.csv, max_drop: 1}
)"),
                      "/home/me/experiments") ==
        R"(qsweep: 1
plugins: [/home/me/experiments/build/net.so, "/lib/a b.so"]
data:
  name: image_folder
  root: "/images $$1"
  train: "test[:8000]"
policies:
  all:
    - {type: "*", output: float}
    - {type: [Conv2d, Linear], weight: {bits: $w}}
matrix:
  model: [net, {model: net, weights: /home/me/w.pt, as: "8"}]
  data.root: [/home/me/experiments/images, /data]
  bits:
    - {weights: 8, root: a}
    - {weights: 4, root: b}
override:
  - {when: {model: "8"}, set: {data.root: /home/me/experiments/other}}
gates:
  - {metric: top1, vs: float, max_drop: 1}
  - {metric: top1, vs: /home/me/base.csv, max_drop: 1}
)");
}

TEST_CASE("a resolved file plans the same trials", "[engine]") {
  const std::string text = R"(qsweep: 1
policies: {all: [{type: Conv2d, weight: {quantizer: uniform, bits: $w}}]}
matrix: {model: [residual], policy: [all], w: [8, 4]}
exclude: [{w: [4]}]
include: [{model: residual, policy: all, w: 2}]
)";
  const auto once = plan_of(text);
  const auto again = plan_of(resolved_text(parsed_file(text), "/tmp"));
  REQUIRE(again->row_count() == 3);
  CHECK(rows_of(*once) == rows_of(*again));
  CHECK(once->trial_id(2) == again->trial_id(2));
}

}  // namespace qsweep
