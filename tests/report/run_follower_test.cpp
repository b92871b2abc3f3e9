#include "qsweep/report/run_follower.hpp"

#include <chrono>
#include <filesystem>

#include "small_run.hpp"
#include "support/catch.hpp"
#include "support/listed_plan.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {

TEST_CASE("a follower takes up what others add to a run", "[report]") {
  const test::ScratchFolder run;
  freeze(run.path(), test::small_plan(), "", {});
  RunFollower follower(run.path());
  CHECK(follower.results().rows()[1].status == RowStatus::Pending);
  JournalWriter(journal_path(run.path(), "w1")).append(test::result(test::kEight, 80, 0.4));
  follower.update();
  CHECK(follower.results().rows()[1].status == RowStatus::Done);
  CHECK(follower.results().rows()[1].float_record == nullptr);
  JournalWriter(journal_path(run.path(), "w2")).append(test::result(test::kFloat, 90, 0.4));
  follower.update();
  CHECK(follower.results().rows()[1].float_record->final->top1 == 90);
  test::write_text(journal_path(run.path(), "w3"), "no record\n");
  follower.update();
  CHECK(follower.results().journal().ignored == 1);
}

TEST_CASE("a follower sees that a run was planned anew", "[report]") {
  const test::ScratchFolder run;
  freeze(run.path(), test::small_plan(), "", {});
  RunFollower follower(run.path());
  JournalWriter(journal_path(run.path(), "w1")).append(test::result(test::kEight, 80, 0.4));
  test::ListedPlan plan = test::small_plan();
  plan.add("4000000000000000", test::kFloat, "net", "all", {"4"});
  freeze(run.path(), plan, "", {});
  std::filesystem::last_write_time(
      run.path("plan.jsonl"),
      std::filesystem::file_time_type::clock::now() + std::chrono::seconds(5));
  follower.update();
  CHECK(follower.results().rows().size() == 5);
  CHECK(follower.results().rows()[1].status == RowStatus::Done);
}

}  // namespace qsweep
