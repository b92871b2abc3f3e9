#include "qsweep/report/gate_check.hpp"

#include "qsweep/report/result_columns.hpp"

#include "small_run.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

std::vector<BrokenGate> broken_gates(const Results& run) {
  std::vector<BrokenGate> all;
  for (const GateOutcome& outcome : check_gates(run.plan().gates, run, {})) {
    all.insert(all.end(), outcome.broken.begin(), outcome.broken.end());
  }
  return all;
}

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

TEST_CASE("a gate with nothing to check says why", "[report]") {
  const auto why = [](const FrozenGate& gate, const Results& run) {
    const std::vector<FrozenGate> gates{gate};
    const auto outcomes = check_gates(gates, run, {});
    CHECK(outcomes.at(0).checked == 0);
    CHECK(outcomes.at(0).broken.empty());
    return outcomes.at(0).unchecked;
  };
  const Results nothing(test::small_frozen_plan(), {});
  CHECK(why({"top1", 0.0, "", {1, 2}}, nothing) == "none of its 2 rows has a result");
  CHECK(why({"top1", 0.0, "w=3", {}}, test::small_run()) == "it matches no row");
  Journal without_float;
  without_float.add({test::result(test::kEight, 89.5, 0.5), 1});
  CHECK(why({"top1", 0.0, "", {1, 2}}, {test::small_frozen_plan(), std::move(without_float)}) ==
        "none of its 2 rows has one to compare with that has a result");
  CHECK(why({"top1", 0.0, "", {1}, "no/base.csv"}, test::small_run()) == "there is no no/base.csv");
}

TEST_CASE("a gate tells how many of its rows were checked", "[report]") {
  Journal journal;
  journal.add({test::result(test::kFloat, 90, 0.4), 1});
  journal.add({test::result(test::kEight, 89.5, 0.5), 2});
  const std::vector<FrozenGate> gates{{"top1", 1.0, "", {1, 2}}};
  const Results run(test::small_frozen_plan(), std::move(journal));
  CHECK(check_gates(gates, run, {}).at(0).checked == 1);
  CHECK(check_gates(gates, run, {}).at(0).unchecked.empty());
}

TEST_CASE("a gate compares with a results.csv that was kept", "[report]") {
  const test::ScratchFolder folder;
  const std::string base = folder.path("base.csv");
  test::write_text(base, results_csv(test::small_run()));
  Journal journal;
  journal.add({test::result(test::kFloat, 90.5, 0.4), 1});
  journal.add({test::result(test::kEight, 88.75, 0.75), 2});
  const Results run(test::small_frozen_plan(), std::move(journal));
  const std::vector<FrozenGate> gates{{"top1", 0.5, "", {0, 1, 2}, base},
                                      {"loss", 0.25, "", {1}, base}};
  Baselines baselines;
  baselines.add(base, "top1");
  baselines.add(base, "loss");
  const auto outcomes = check_gates(gates, run, baselines);
  CHECK(outcomes[0].checked == 2);  // the third has no result now
  REQUIRE(outcomes[0].broken.size() == 1);
  CHECK(to_string(outcomes[0].broken[0], run) ==
        "gate: net all w=8 a=8.0: top1 fell by 0.75 against " + base + ", at most 0.50 is allowed");
  CHECK(outcomes[1].checked == 1);
  CHECK(outcomes[1].broken.empty());
}

// Of two seeds, whose float rows have the same name.
TEST_CASE("float rows of several seeds find those of a baseline, which have other trials",
          "[report]") {
  const auto run_of = [](const std::string& mark, double float_of_one) {
    FrozenPlan plan;
    plan.experiment = "seeds";
    plan.variables = {"seed"};
    Journal journal;
    for (const std::string seed : {"0", "1"}) {
      const std::string float_trial = mark + "f" + seed;
      for (const bool is_float : {true, false}) {
        const std::string trial = is_float ? float_trial : mark + "q" + seed;
        const auto number = static_cast<uint32_t>(plan.trials.size());
        plan.trial_numbers[trial] = number;
        plan.trials.push_back({trial, float_trial, {}, 0, "", 0, "images"});
        plan.rows.push_back(
            {number, "net", is_float ? "float" : "all", {is_float ? "" : seed}, "synthetic"});
        const double top1 = seed == "1" ? float_of_one : 90;
        Record record = test::result(trial, is_float ? top1 : top1 - 1, 0.5);
        record.images_lost = is_float ? 0 : 2;  // of 200
        journal.add({record, number + 1});
      }
    }
    return Results(std::move(plan), std::move(journal));
  };
  const test::ScratchFolder folder;
  const std::string base = folder.path("base.csv");
  test::write_text(base, results_csv(run_of("a", 80)));
  const Results run = run_of("b", 78);
  const std::vector<FrozenGate> gates{{"top1", 0.5, "policy=float", {0, 2}, base}};
  Baselines baselines;
  baselines.add(base, "top1");
  const auto outcomes = check_gates(gates, run, baselines);
  CHECK(outcomes[0].checked == 2);
  REQUIRE(outcomes[0].broken.size() == 1);
  CHECK(outcomes[0].broken[0].drop == Approx(2));
  CHECK(outcomes[0].other_images == 0);
}

TEST_CASE("a baseline of another number of images is told, one with a word for a number refused",
          "[report]") {
  const test::ScratchFolder folder;
  const std::string base = folder.path("base.csv");
  const std::string header = "trial,model,policy,w,a,data,images,status,top1\n";
  test::write_text(base, header + "x,net,all,8,8,synthetic,100,done,89.00\n");
  const std::vector<FrozenGate> gates{{"top1", 5, "", {1}, base}};
  {
    Baselines baselines;
    baselines.add(base, "top1");
    CHECK(check_gates(gates, test::small_run(), baselines)[0].other_images == 1);
  }
  test::write_text(base, header + "x,net,all,8,8,synthetic,100,done,1x.50\n");
  Baselines baselines;
  baselines.add(base, "top1");
  CHECK_THROWS_WITH(check_gates(gates, test::small_run(), baselines),
                    base + ":2: 'top1' must be a number, got '1x.50'");
}

TEST_CASE("what only the CSV's rounding makes different breaks no gate", "[report]") {
  const test::ScratchFolder folder;
  const std::string base = folder.path("base.csv");
  Journal journal;
  journal.add({test::result(test::kEight, 200.0 / 3, 1.0 / 3), 2});  // 66.67 in the CSV
  const Results run(test::small_frozen_plan(), std::move(journal));
  test::write_text(base, results_csv(run));
  const std::vector<FrozenGate> gates{{"top1", 0, "", {1}, base}, {"loss", 0, "", {1}, base}};
  Baselines baselines;
  baselines.add(base, "top1");
  for (const GateOutcome& outcome : check_gates(gates, run, baselines)) {
    CHECK(outcome.checked == 1);
    CHECK(outcome.broken.empty());
  }
}

TEST_CASE("timings are compared trial by trial, where they were taken often enough", "[report]") {
  const test::ScratchFolder folder;
  const std::string base = folder.path("base.csv");
  test::write_text(base,
                   "trial,model,policy,w,a,data,images_per_s,repeats,host\n"
                   "8000000000000000,net,all,8,8,synthetic,100,5,box\n"
                   "other,net,all,2,2,synthetic,100,3,mill\n");
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.push_back({1, "net", "again", {"8", ""}, "synthetic"});
  const auto timed = [](const char* trial, double images_per_second) {
    Record record = test::result(trial, 90, 0.5);
    record.images_per_second = images_per_second;
    record.repeats = 5;
    return record;
  };
  Journal journal;
  journal.add({timed(test::kFloat, 200), 1});
  journal.add({timed(test::kEight, 80), 2});
  journal.add({timed(test::kTwo, 90), 3});
  const Results run(std::move(plan), std::move(journal));
  const std::string speed = "images_per_s";
  const std::vector<FrozenGate> gates{{speed, 20, "", {1, 2, 3}, base, 5},
                                      {speed, 10, "", {2}, base, 3},
                                      {speed, 19.9, "w=8", {1, 3}, base, 5},
                                      {speed, 50, "", {1, 2}, "float", 5},
                                      {speed, 50, "", {1}, "float", 6}};
  Baselines baselines;
  baselines.add(base, speed);
  const auto outcomes = check_gates(gates, run, baselines);
  CHECK(outcomes[0].checked == 2);  // the row of 2 bits was timed 3 times only
  CHECK(outcomes[0].broken.empty());
  CHECK(outcomes[0].elsewhere == 0);
  CHECK(outcomes[1].checked == 1);
  CHECK(outcomes[1].elsewhere == 1);
  CHECK(outcomes[1].broken.empty());
  REQUIRE(outcomes[2].broken.size() == 2);  // both rows of the trial
  CHECK(outcomes[2].broken[0].drop == Approx(20));
  REQUIRE(outcomes[3].broken.size() == 2);
  CHECK(to_string(outcomes[3].broken[0], run) ==
        "gate: net all w=8 a=8.0: images_per_s fell by 60.00% against float, at most 50.00% is "
        "allowed");
  CHECK(outcomes[4].checked == 0);
  CHECK(to_string(gates[2]) == "images_per_s drop <= 19.9% vs " + base + " repeats 5 where w=8");
}

TEST_CASE("a gate reads as on the command line", "[report]") {
  CHECK(to_string(FrozenGate{"top1", 0.5, "w=8", {}}) == "top1 drop <= 0.5 where w=8");
  CHECK(to_string(FrozenGate{"loss", 1, "", {}, "base.csv"}) == "loss rise <= 1 vs base.csv");
}

}  // namespace qsweep
