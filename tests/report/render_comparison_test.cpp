#include "qsweep/report/render_comparison.hpp"

#include "comparison_bench.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

using test::Images;
using test::RunBench;

// Of four rows one is the same, one is unsure, one worse and one new.
class Comparing {
 public:
  Comparing() {
    now_.add(test::kEight, Images(179).turned(177, 3));
    now_.add(test::kTwo, Images(101).turned(80, 12));
    now_.plan.rows.push_back({0, "net", "added", {"8", "8"}, "synthetic"});
    a_.emplace(base_.run());
    b_.emplace(now_.run());
  }
  std::string as(ReportFormat format) const { return render(compare_runs(*a_, *b_), format); }
  std::string base() const { return base_.directory(); }
  std::string now() const { return now_.directory(); }

 private:
  RunBench base_;
  RunBench now_;
  std::optional<RunInFolder> a_;
  std::optional<RunInFolder> b_;
};

}  // namespace

TEST_CASE("a comparison is a table with counts and what the numbers are", "[report]") {
  const Comparing comparing;
  const std::string table =
      "| model | policy | w   | a   |  base |   new | change |  95 % interval |       p | p (Holm) "
      "| verdict |\n"
      "|-------|--------|-----|-----|------:|------:|-------:|---------------:|--------:|---------:"
      "|---------|\n"
      "| net   | float  |     |     | 90.50 | 90.50 |  +0.00 | +0.00 to +0.00 |       1 |        1 "
      "| same    |\n"
      "| net   | all    | 8   | 8.0 | 89.50 | 89.00 |  -0.50 | -2.20 to +1.20 |       1 |        1 "
      "| unsure  |\n"
      "| net   | all    | 2   | 2   | 50.50 | 44.50 |  -6.00 | -9.29 to -2.71 | 0.00049 |   0.0015 "
      "| worse   |\n"
      "| net   | added  | 8   | 8   |       | 90.50 |        |                |         |          "
      "| new     |\n"
      "\n"
      "4 rows: 1 same, 0 better, 1 worse, 1 unsure, 1 new\n"
      "top-1 in percent, on 200 images paired one by one; p of McNemar's exact test, corrected by "
      "Holm for 3 rows\n";
  CHECK(comparing.as(ReportFormat::Text) == table);
  CHECK(comparing.as(ReportFormat::Markdown) ==
        "### " + comparing.base() + " and " + comparing.now() + "\n\n" + table);
}

TEST_CASE("a comparison as CSV has all digits and both trials", "[report]") {
  CHECK(Comparing().as(ReportFormat::Csv) ==
        "trial_base,trial,model,policy,w,a,data,images,top1_base,top1,delta,ci_low,ci_high,"
        "images_won,images_lost,p,p_holm,verdict,note\n"
        "f000000000000000,f000000000000000,net,float,,,synthetic,200,90.50,90.50,0.00,0.00,0.00,0,"
        "0,1,1,same,\n"
        "8000000000000000,8000000000000000,net,all,8,8.0,synthetic,200,89.50,89.00,-0.50,-2.20,"
        "1.20,1,2,1,1,unsure,\n"
        "2000000000000000,2000000000000000,net,all,2,2,synthetic,200,50.50,44.50,-6.00,-9.29,-2.71,"
        "0,12,0.000488281,0.00146484,worse,\n"
        ",f000000000000000,net,added,8,8,synthetic,200,,90.50,,,,,,,,new,\n");
}

TEST_CASE("a comparison as JSON counts the verdicts", "[report]") {
  const Comparing comparing;
  const Json json = Json::parse(comparing.as(ReportFormat::JsonArray));
  CHECK(json.at("base") == comparing.base());
  CHECK(json.at("new") == comparing.now());
  CHECK(json.at("tests") == 3);
  CHECK(json.at("counts").at("worse") == 1);
  CHECK(json.at("counts").at("missing") == 0);
  const Json& worse = json.at("rows").at(2);
  CHECK(worse.at("verdict") == "worse");
  CHECK(worse.at("images_lost") == 12);
  CHECK(worse.at("p") == 0.000488281);
  CHECK(worse.at("variables").at("w") == "2");
  CHECK(json.at("rows").at(3).at("top1_base").is_null());
}

TEST_CASE("notes and unpaired rows are told below the table", "[report]") {
  RunBench base;
  RunBench now;
  now.journal = {};
  now.journal.add({test::failure(test::kTwo, "out of memory"), 1});
  now.meta.device = "cuda:0";
  const RunInFolder a = base.run();
  const RunInFolder b = now.run();
  CHECK_THAT(render(compare_runs(a, b), ReportFormat::Text),
             ContainsSubstring("| net   | all    | 2   | 2   | 50.50 |  failed |        |"));
  CHECK_THAT(
      render(compare_runs(a, b), ReportFormat::Text),
      ContainsSubstring("\n3 rows: 0 same, 0 better, 0 worse, 0 unsure, 1 failed, 2 pending\n"
                        "no row is paired by image\n"
                        "device: cpu in the base, cuda:0 now\n"
                        "net all w=2 a=2: out of memory\n"));
}

}  // namespace qsweep
