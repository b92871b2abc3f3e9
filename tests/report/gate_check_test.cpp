#include "qsweep/report/gate_check.hpp"

#include "small_run.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

Results run_with(const FrozenGate& gate) {
  FrozenPlan plan = test::small_frozen_plan();
  plan.gates = {gate};
  Journal journal = test::small_run().journal();
  return {std::move(plan), std::move(journal)};
}

}  // namespace

TEST_CASE("a gate names the row that fell too far", "[report]") {
  const Results run = run_with({"top1", 1.0, "", {1, 2}});
  const auto broken = broken_gates(run);
  REQUIRE(broken.size() == 1);
  CHECK(to_string(broken[0], run) ==
        "gate: net all w=2 a=2: top1 fell by 40.00, at most 1.00 is allowed");
}

TEST_CASE("a drop of just what is allowed holds", "[report]") {
  CHECK(broken_gates(run_with({"top1", 1.0, "", {1}})).empty());
  CHECK(broken_gates(run_with({"top1", 0.99, "", {1}})).size() == 1);
}

TEST_CASE("a gate on the loss watches that it does not rise", "[report]") {
  const Results run = run_with({"loss", 0.5, "", {1, 2}});
  const auto broken = broken_gates(run);
  REQUIRE(broken.size() == 1);
  CHECK(to_string(broken[0], run) ==
        "gate: net all w=2 a=2: loss rose by 1.850000, at most 0.500000 is allowed");
}

TEST_CASE("a gate before fine-tuning looks at those numbers", "[report]") {
  const auto broken = broken_gates(run_with({"top1_ptq", 41.0, "", {2}}));
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].drop == Approx(80.5));
}

TEST_CASE("a row without a result breaks no gate", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.gates = {{"top1", 0.0, "", {1, 2}}};
  CHECK(broken_gates({std::move(plan), {}}).empty());
}

}  // namespace qsweep
