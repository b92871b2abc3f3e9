#include "qsweep/report/pivot.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/report/render_pivot.hpp"

#include "small_run.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

std::string table(const std::vector<Results>& runs,
                  const PivotRequest& request,
                  ReportFormat format = ReportFormat::Text) {
  return render(make_pivot({"results/a", "results/b"}, runs, request), format);
}

std::vector<Results> one(Results run) {
  std::vector<Results> runs;
  runs.push_back(std::move(run));
  return runs;
}

std::vector<Results> two_runs() {
  std::vector<Results> runs = one(test::small_run());
  FrozenPlan other = test::small_frozen_plan();
  other.experiment = "more";
  Journal journal;
  journal.add({test::result(test::kFloat, 91.5, 0.4), 1});
  journal.add({test::result(test::kEight, 91, 0.5), 2});
  journal.add({test::failure(test::kTwo, "out of memory"), 3});
  runs.emplace_back(std::move(other), std::move(journal));
  return runs;
}

/// 8 bits with three seeds, 70, 71 and 75; 2 bits with two, of which one failed.
Results seeds() {
  FrozenPlan plan;
  plan.experiment = "seeds";
  plan.variables = {"w", "seed"};
  Journal journal;
  const auto add = [&](const std::string& w, const std::string& seed, double top1) {
    const std::string id = w + "-" + seed;
    const auto number = static_cast<uint32_t>(plan.trials.size());
    plan.trials.push_back({id, "f", {8, 8, 100, 100, 400}, 0, "", 0, ""});
    plan.trial_numbers[id] = number;
    plan.rows.push_back({number, "net", "all", {w, seed}, "synthetic"});
    journal.add({top1 > 0 ? test::result(id, top1, 0.5) : test::failure(id, "NaN"), 1});
  };
  add("8", "0", 70);
  add("8", "1", 71);
  add("8", "2", 75);
  add("2", "0", 40);
  add("2", "1", 0);
  return {std::move(plan), std::move(journal)};
}

}  // namespace

TEST_CASE("a pivot shows values by the names of its sides, float rows aside", "[report]") {
  CHECK(table(one(test::small_run()), {{"model", "policy"}, {"w"}, {"top1", "delta"}}) ==
        "| model | policy | w=8 top1 | w=8 delta | w=2 top1 | w=2 delta |\n"
        "|-------|--------|---------:|----------:|---------:|----------:|\n"
        "| net   | all    |    89.50 |     -1.00 |    50.50 |    -40.00 |\n"
        "\n"
        "top1, delta\n");
}

TEST_CASE("where no side names a variable the float rows have their place", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.pop_back();
  Journal journal = test::small_run().journal();
  CHECK(table(one({std::move(plan), std::move(journal)}), {{"model"}, {"policy"}, {"top1"}}) ==
        "| model | float |   all |\n"
        "|-------|------:|------:|\n"
        "| net   | 90.50 | 89.50 |\n"
        "\n"
        "top1\n");
}

TEST_CASE("an axis stands for the variables that it sets", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.axis_titles["bits"] = {"w"};
  Journal journal = test::small_run().journal();
  const auto runs = one({std::move(plan), std::move(journal)});
  CHECK(table(runs, {{"model"}, {"bits"}, {"top1"}}) == table(runs, {{"model"}, {"w"}, {"top1"}}));
}

TEST_CASE("several runs stand side by side", "[report]") {
  CHECK(table(two_runs(), {{"model", "policy"}, {"w"}, {"top1"}}) ==
        "| model | policy | results/a w=8 | results/a w=2 | results/b w=8 | results/b w=2 |\n"
        "|-------|--------|--------------:|--------------:|--------------:|--------------:|\n"
        "| net   | all    |         89.50 |         50.50 |         91.00 |        failed |\n"
        "\n"
        "top1\n");
  CHECK(table(two_runs(), {{"experiment", "w"}, {}, {"top1", "top1_float"}}) ==
        "| experiment | w   |   top1 | top1_float |\n"
        "|------------|-----|-------:|-----------:|\n"
        "| bits       | 8   |  89.50 |      90.50 |\n"
        "| bits       | 2   |  50.50 |      90.50 |\n"
        "| more       | 8   |  91.00 |      91.50 |\n"
        "| more       | 2   | failed |     failed |\n"
        "\n"
        "top1, top1_float\n");
}

TEST_CASE("seeds are averaged, with their standard deviation", "[report]") {
  // 70, 71, 75: mean 72, deviations -2, -1, 3: sqrt(14 / 2) = 2.6458
  CHECK(table(one(seeds()), {{"model"}, {"w"}, {"top1"}}) ==
        "| model |          w=8 |   w=2 |\n"
        "|-------|-------------:|------:|\n"
        "| net   | 72.00 \xc2\xb1 2.65 | 40.00 |\n"
        "\n"
        "top1\n"
        "mean \xc2\xb1 standard deviation over the seeds, 3 trials\n"
        "net all w=2 seed=0: 1 of 2 trials have no result\n");
  CHECK(table(one(seeds()), {{"model"}, {"w", "seed"}, {"top1"}}).find("\xc2\xb1") ==
        std::string::npos);
  std::vector<Results> both = one(seeds());
  both.push_back(seeds());
  CHECK_THAT(table(both, {{"run"}, {"w"}, {"top1"}}),
             ContainsSubstring("results/a: net all w=2 seed=0: 1 of 2 trials have no result\n"
                               "results/b: net all w=2 seed=0: 1 of 2 trials have no result\n"));
}

TEST_CASE("as CSV and JSON a cell has its mean, deviation and number", "[report]") {
  CHECK(table(one(seeds()), {{"model"}, {"w"}, {"top1"}}, ReportFormat::Csv) ==
        "model,w=8,w=8 sd,w=8 n,w=2,w=2 sd,w=2 n\n"
        "net,72.00,2.65,3,40.00,,1\n");
  CHECK(table(one(test::small_run()), {{"w"}, {}, {"loss", "bops"}}, ReportFormat::Csv) ==
        "w,loss,bops\n8,0.500000,6400\n2,2.250000,400\n");
  const Json json =
      Json::parse(table(one(seeds()), {{"model"}, {"w"}, {"top1"}}, ReportFormat::JsonArray));
  CHECK(json.at("columns") == Json::array({"w"}));
  const Json& cell = json.at("cells").at(0);
  CHECK(cell.at("row") == Json{{"model", "net"}});
  CHECK(cell.at("column") == Json{{"w", "8"}});
  CHECK(cell.at("values").at("top1") == Json{{"mean", 72.0}, {"deviation", 2.65}, {"n", 3}});
  CHECK(json.at("cells").at(1).at("failed") == 1);
  CHECK(json.at("cells").at(1).at("values").at("top1").at("deviation").is_null());
}

TEST_CASE("as LaTeX a pivot is a tabular with its notes as comments", "[report]") {
  CHECK(table(one(seeds()), {{"model"}, {"w"}, {"top1"}}, ReportFormat::Latex) ==
        "% needs \\usepackage{booktabs}\n"
        "% top1\n"
        "% mean \xc2\xb1 standard deviation over the seeds, 3 trials\n"
        "% net all w=2 seed=0: 1 of 2 trials have no result\n"
        "\\begin{tabular}{lrr}\n"
        "  \\toprule\n"
        "  model & w=8 & w=2 \\\\\n"
        "  \\midrule\n"
        "  net & 72.00 $\\pm$ 2.65 & 40.00 \\\\\n"
        "  \\bottomrule\n"
        "\\end{tabular}\n");
}

TEST_CASE("a limit and the split of the best epoch are told", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.trials[1].limit = 200;
  plan.trials[2].best_on = "train[:500]";
  plan.trials[2].calibrated_on_test = 60;
  Journal journal = test::small_run().journal();
  CHECK_THAT(table(one({std::move(plan), std::move(journal)}), {{"model"}, {"w"}, {"top1_best"}}),
             ContainsSubstring("\ntop1_best (limited by evaluate.limit)\n"
                               "top1_best is of the epoch chosen on the evaluated split itself or "
                               "train[:500]\n"
                               "warning: ranges are calibrated on images that are evaluated: the "
                               "training and the evaluated split share 60 images\n"));
}

TEST_CASE("rows of one trial share a cell, others must be told apart", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.push_back({1, "net", "all", {"8", "4"}, "synthetic"});  // does not read `a`
  Journal journal = test::small_run().journal();
  CHECK_THAT(table(one({std::move(plan), std::move(journal)}), {{"model"}, {"w"}, {"top1"}}),
             ContainsSubstring("| net   | 89.50 | 50.50 |\n"));
  CHECK_THROWS_WITH(table(one(test::small_run()), {{"model"}, {"policy"}, {"top1"}}),
                    "two trials fall into one cell of the table: 'net all w=8 a=8.0' and 'net all "
                    "w=2 a=2'; name in --rows or --columns what differs: w, a");
  FrozenPlan again = test::small_frozen_plan();  // the same trials, of another run
  std::vector<Results> runs = one(test::small_run());
  runs.emplace_back(std::move(again), test::small_run().journal());
  CHECK_THROWS_WITH(table(runs, {{"model"}, {"experiment", "w"}, {"top1"}}),
                    "two trials fall into one cell of the table: 'results/a: net all w=8 a=8.0' "
                    "and 'results/b: net all w=8 a=8.0'; name in --rows or --columns what "
                    "differs: run");
}

TEST_CASE("unknown names are refused with the nearest", "[report]") {
  CHECK_THROWS_WITH(table(one(test::small_run()), {{"modle"}, {}, {"top1"}}),
                    "--rows: unknown name 'modle'; did you mean 'model'?");
  CHECK_THROWS_WITH(table(one(test::small_run()), {{"model"}, {"bits"}, {"top1"}}),
                    "--columns: unknown name 'bits'; known are run, experiment, model, policy, "
                    "data, w, a");
  CHECK_THROWS_WITH(table(one(test::small_run()), {{"model"}, {"w"}, {"top2"}}),
                    "--value: unknown value 'top2'; did you mean 'top1'?");
  CHECK_THROWS_WITH(table(one(test::small_run()), {{"model"}, {"model"}, {"top1"}}),
                    "--columns: 'model' is named twice");
  CHECK_THROWS_WITH(table(one(test::small_run()), {{"model"}, {"w"}, {"top1", "top1"}}),
                    "--value: 'top1' is named twice");
}

}  // namespace qsweep
