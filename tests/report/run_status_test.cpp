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

}  // namespace qsweep
