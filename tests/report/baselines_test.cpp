#include "qsweep/report/baselines.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/report/csv.hpp"
#include "qsweep/report/result_columns.hpp"

#include "small_run.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

using Lines = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("CSV is read as it is written", "[report]") {
  const std::vector<std::string> odd{"a,b", "say \"x\"", "two\nlines", ""};
  CHECK(read_csv("x", csv_line({"1", "2", "3", "4"}) + csv_line(odd)) ==
        Lines{{"1", "2", "3", "4"}, odd});
  CHECK(read_csv("x", "a,b\r\n\r\n1,\r\n,2") == Lines{{"a", "b"}, {"1", ""}, {"", "2"}});
  CHECK(read_csv("x", "").empty());
  CHECK_THROWS_WITH(read_csv("x.csv", "a,b\n1,2\n1,2,3\n"),
                    "x.csv: line 3 has 3 fields, the header 2");
  CHECK_THROWS_WITH(read_csv("x.csv", "a,\"b\n1,2\n"), "x.csv: ends within a quoted field");
  CHECK_THROWS_WITH(read_csv("x.csv", "a\n\"b\"c\n"),
                    "x.csv: line 2 has text after a quoted field");
}

TEST_CASE("a results.csv gives its rows and numbers back", "[report]") {
  const ResultTable table("x", results_csv(test::small_run()));
  REQUIRE(table.labels().size() == 3);
  CHECK(table.labels()[1].trial == test::kEight);
  CHECK(table.labels()[1].values == row_labels(test::small_run())[1].values);
  CHECK(table.number(1, "top1") == 89.5);
  CHECK(table.number(0, "loss") == 0.4);
  CHECK_FALSE(table.number(0, "top1_ptq"));
  const ResultTable pending("x", results_csv({test::small_frozen_plan(), {}}));
  CHECK_FALSE(pending.number(1, "top1"));
}

TEST_CASE("what is no results.csv is refused with its name", "[report]") {
  CHECK_THROWS_WITH(ResultTable("x.csv", ""), "x.csv: is empty; it must be a results.csv");
  CHECK_THROWS_WITH(ResultTable("x.csv", "trial,model,policy,data\n"),
                    "x.csv: has no column 'status'; it must be a results.csv");
  CHECK_THROWS_WITH(ResultTable("x.csv", "trial,model,model\n"), "x.csv: has two columns 'model'");
}

TEST_CASE("a baseline must have what a gate compares, and may be missing", "[report]") {
  const test::ScratchFolder folder;
  const std::string path = folder.path("base.csv");
  Baselines baselines;
  baselines.add(path, "top1");
  CHECK(baselines.find(path, "top1") == nullptr);
  test::write_text(path, "trial,model,policy,data,status,top1\n,net,all,mnist,done,90\n");
  Baselines later;
  later.add(path, "top1");
  REQUIRE(later.find(path, "top1") != nullptr);
  CHECK(later.find(path, "top1")->number(0, "top1") == 90);
  CHECK_THROWS_WITH(later.add(path, "top5"),
                    path + ": has no column 'top5', which a gate compares");
  CHECK_THROWS_AS(later.add(folder.path(), "top1"), IoError);  // a folder without a run
}

}  // namespace qsweep
