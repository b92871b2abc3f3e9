#include "qsweep/report/run_status.hpp"

#include "small_run.hpp"
#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("a status counts trials and gives the reasons of failures", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.push_back({2, "net", "again", {"2", ""}, "synthetic"});
  Journal journal;
  journal.add({test::result(test::kFloat, 90, 0.4), 1});
  journal.add({test::failure(test::kTwo, "out of memory"), 2});
  journal.ignored = 3;
  const RunStatus status = run_status({std::move(plan), std::move(journal)});
  CHECK(to_string(status) ==
        "bits: 3 trials for 4 rows: 1 done, 1 failed, 1 pending\n"
        "failed: 2000000000000000 net all w=2 a=2: out of memory in /data/x\n"
        "3 lines of the journal were cut off or damaged and do not count\n");
  const Json json = status;
  CHECK(json.at("done") == 1);
  CHECK(json.at("pending") == 1);
  CHECK(json.at("failures").at(0).at("error") == "out of memory in /data/x");
  CHECK(json.at("failures").at(0).at("kind") == "error");
  CHECK(json.at("failures").at(0).at("trial") == test::kTwo);
}

TEST_CASE("a status tells of a limit", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.trials[1].limit = 20;
  const RunStatus status = run_status({std::move(plan), {}});
  CHECK(to_string(status) ==
        "bits: 3 trials for 3 rows: 0 done, 0 failed, 3 pending (limited by evaluate.limit)\n");
  CHECK(Json(status).at("limited") == true);
}

TEST_CASE("a status tells of attempts that failed", "[report]") {
  Journal journal;
  Record killed = test::failure(test::kEight, "killed");
  journal.add({test::result(test::kFloat, 90, 0.4), 1});
  journal.add({killed, 2});
  journal.add({killed, 3});
  journal.add({test::result(test::kEight, 80, 0.4), 4});
  journal.add({test::failure(test::kTwo, "lost"), 5});
  journal.add({test::failure(test::kTwo, "lost"), 6});
  const RunStatus status = run_status({test::small_frozen_plan(), std::move(journal)});
  CHECK(to_string(status) ==
        "bits: 3 trials for 3 rows: 2 done, 1 failed, 0 pending\n"
        "failed: 2000000000000000 net all w=2 a=2: lost in /data/x (2 failed attempts)\n"
        "retried: 8000000000000000 net all w=8 a=8.0: done after 2 failed attempts\n");
  const Json json = status;
  CHECK(json.at("failures").at(0).at("attempts") == 2);
  CHECK(json.at("retried").at(0).at("failed_attempts") == 2);
}

}  // namespace qsweep
