#include "qsweep/report/render.hpp"

#include "small_run.hpp"
#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("a run is a table of models by bits", "[report]") {
  CHECK(render_table(test::small_run()) ==
        "| model | policy | float |     w=8 a=8.0 |        w=2 a=2 |\n"
        "|-------|--------|------:|--------------:|---------------:|\n"
        "| net   | all    | 90.50 | 89.50 (-1.00) | 50.50 (-40.00) |\n"
        "\n"
        "top-1 in percent on 200 images; in brackets the change against float, in points\n"
        "top1_best is of the epoch chosen on the evaluated split itself\n");
}

TEST_CASE("control characters of a file do not reach the terminal", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  for (Row& row : plan.rows) {
    row.model = "n\x1b[31m\net";
  }
  Results results(std::move(plan), Journal());
  const std::string text = render_table(results);
  CHECK_THAT(text, ContainsSubstring("| n?[31m?et | all "));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK_THAT(row_name(results.plan().rows[0], results.plan().variables),
             ContainsSubstring("n?[31m?et"));
}

TEST_CASE("failed, pending and limited trials are marked", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  for (FrozenTrial& trial : plan.trials) {
    trial.limit = 200;
  }
  Journal journal;
  journal.add({test::result(test::kFloat, 90.5, 0.4), 1});
  journal.add({test::failure(test::kTwo, "out of memory"), 2});
  CHECK(
      render_table({std::move(plan), std::move(journal)}) ==
      "| model | policy | float | w=8 a=8.0 | w=2 a=2 |\n"
      "|-------|--------|------:|----------:|--------:|\n"
      "| net   | all    | 90.50 |   pending |  failed |\n"
      "\n"
      "top-1 in percent on 200 images (limited by evaluate.limit); in brackets the change against "
      "float, in points\n"
      "1 of 3 trials are pending\n"
      "failed: net all w=2 a=2: out of memory in /data/x\n");
}

TEST_CASE("a table says that ranges were calibrated on images that are evaluated", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.trials[1].calibrated_on_test = 60;
  CHECK_THAT(render_table({std::move(plan), {}}),
             ContainsSubstring("\nwarning: ranges are calibrated on images that are evaluated: the "
                               "training and the evaluated split share 60 images\n"));
}

TEST_CASE("rows that would share a cell are listed one by one", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.push_back({2, "net", "all", {"8", "8.0"}, "synthetic"});
  CHECK_THAT(render_table({std::move(plan), {}}),
             ContainsSubstring("| model | policy | w   | a   |   float |    top1 |\n"
                               "|-------|--------|-----|-----|--------:|--------:|\n"
                               "| net   | float  |     |     | pending |         |\n"
                               "| net   | all    | 8   | 8.0 |         | pending |\n"));
}

TEST_CASE("a row of 32 bits that is the float trial has a column like its neighbours", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.push_back({0, "net", "all", {"32", "32"}, "synthetic"});
  Journal journal;
  journal.add({test::result(test::kFloat, 90.5, 0.4), 1});
  CHECK_THAT(
      render_table({std::move(plan), std::move(journal)}),
      ContainsSubstring("| model | policy | float | w=8 a=8.0 | w=2 a=2 |     w=32 a=32 |\n"
                        "|-------|--------|------:|----------:|--------:|--------------:|\n"
                        "| net   | all    | 90.50 |   pending | pending | 90.50 (+0.00) |\n"));
}

TEST_CASE("a run of float rows alone still shows them", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.resize(1);
  plan.trials.resize(1);
  CHECK_THAT(render_table({std::move(plan), {}}),
             ContainsSubstring("| model | policy |   float |\n"
                               "|-------|--------|--------:|\n"
                               "| net   | float  | pending |\n"));
}

TEST_CASE("several runs share one CSV with the variables of all", "[report]") {
  FrozenPlan other = test::small_frozen_plan();
  other.experiment = "more";
  other.variables = {"a", "seed"};
  other.rows[1].values = {"4", "1"};
  std::vector<Results> runs;
  runs.push_back(test::small_run());
  runs.emplace_back(std::move(other), Journal());
  const std::string text = render(runs, ReportFormat::Csv);
  CHECK_THAT(text, ContainsSubstring("experiment,trial,model,policy,w,a,seed,data,"));
  CHECK_THAT(text, ContainsSubstring("bits,8000000000000000,net,all,8,8.0,,synthetic,"));
  CHECK_THAT(text, ContainsSubstring("more,8000000000000000,net,all,,4,1,synthetic,"));
  CHECK(Json::parse(render(runs, ReportFormat::JsonArray)).size() == 6);
  CHECK(render(runs, ReportFormat::Markdown).rfind("### bits\n\n| model", 0) == 0);
}

}  // namespace qsweep
