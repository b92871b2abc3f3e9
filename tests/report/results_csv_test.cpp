#include "qsweep/config/column_names.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/report/result_columns.hpp"
#include "qsweep/report/timings.hpp"

#include <limits>
#include <sstream>

#include "small_run.hpp"
#include "support/catch.hpp"

namespace qsweep {
namespace {

const std::string kHeader =
    "experiment,trial,model,policy,w,a,data,images,status,top1_float,top1_ptq,top1,top1_best,"
    "delta,ci_low,ci_high,loss,top5,weight_bits,output_bits,size_bytes,macs,bops,sqnr_db,error\n";

std::string line_of(const std::string& text, size_t number) {
  size_t start = 0;
  for (size_t i = 0; i < number; ++i) {
    start = text.find('\n', start) + 1;
  }
  return text.substr(start, text.find('\n', start) + 1 - start);
}

}  // namespace

TEST_CASE("no variable can be named as a column of the CSV files", "[report]") {
  std::vector<std::string> columns = result_column_names({});
  const std::string timings = timings_csv(test::small_run());
  std::istringstream header(timings.substr(0, timings.find('\n')));
  for (std::string column; std::getline(header, column, ',');) {
    const bool is_variable = column == "w" || column == "a";
    const bool is_stage = column != "total_s" && column.size() > 2 &&
                          column.compare(column.size() - 2, 2, "_s") == 0 &&
                          column != "images_per_s";
    if (!is_variable && !is_stage) {
      columns.push_back(column);
    }
  }
  for (const std::string& column : columns) {
    INFO(column);
    CHECK(contains(column_names(), column));
  }
}

TEST_CASE("results.csv has every column of the format, row by row", "[report]") {
  // 8 bits: delta (1 - 3) / 200 = -1 %; 1.96 * sqrt(4 - 4/200) / 200 = 1.955094 %.
  // 2 bits: delta -80 / 200 = -40 %; 1.96 * sqrt(80 - 6400/200) / 200 = 6.789639 %.
  CHECK(results_csv(test::small_run()) ==
        kHeader +
            "bits,f000000000000000,net,float,,,synthetic,200,done,90.50,,90.50,90.50,0.00,0.00,"
            "0.00,0.400000,99.50,32,32,4000,100,102400,,\n"
            "bits,8000000000000000,net,all,8,8.0,synthetic,200,done,90.50,89.50,89.50,89.50,"
            "-1.00,-2.96,0.96,0.500000,99.50,8,8.25,1024,100,6400,31.26,\n"
            "bits,2000000000000000,net,all,2,2,synthetic,200,done,90.50,10.00,50.50,51.00,"
            "-40.00,-46.79,-33.21,2.250000,99.50,2.3333,2,300,100,400,,\n");
}

TEST_CASE("rows that are pending or failed are there with what is known", "[report]") {
  Journal journal;
  journal.add({test::result(test::kFloat, 90.5, 0.4), 1});
  journal.add({test::failure(test::kTwo, "the range of \"x\", y is NaN"), 2});
  const std::string text = results_csv({test::small_frozen_plan(), std::move(journal)});
  CHECK(line_of(text, 2) ==
        "bits,8000000000000000,net,all,8,8.0,synthetic,,pending,90.50,,,,,,,,,8,8.25,1024,100,"
        "6400,,\n");
  CHECK(line_of(text, 3) ==
        "bits,2000000000000000,net,all,2,2,synthetic,,failed,90.50,,,,,,,,,2.3333,2,300,100,400,,"
        "\"the range of \"\"x\"\", y is NaN\"\n");
}

TEST_CASE("without the float result a row has neither reference nor change", "[report]") {
  Journal journal;
  journal.add({test::result(test::kEight, 89.5, 0.5), 1});
  const std::string text = results_csv({test::small_frozen_plan(), std::move(journal)});
  CHECK(line_of(text, 2) ==
        "bits,8000000000000000,net,all,8,8.0,synthetic,200,done,,89.50,89.50,89.50,,,,0.500000,"
        "99.50,8,8.25,1024,100,6400,,\n");
}

TEST_CASE("results that are added show in their rows, and the float one in all", "[report]") {
  Results results(test::small_frozen_plan(), {});
  results.add({test::result(test::kEight, 89.5, 0.5), 1});
  CHECK(results.rows()[1].status == RowStatus::Done);
  CHECK(results.rows()[2].status == RowStatus::Pending);
  CHECK_FALSE(results.rows()[1].change);
  results.add({test::result(test::kFloat, 90.5, 0.4), 2});
  CHECK(results.rows()[0].status == RowStatus::Done);
  CHECK(results.rows()[1].change);
  results.add({test::result("another", 1, 1), 3});  // of an earlier plan
  CHECK(results_csv(results).find("another") == std::string::npos);
}

TEST_CASE("as JSON, numbers are numbers and what does not apply is null", "[report]") {
  const Results results = test::small_run();
  Json json = result_json(results, results.rows()[1]);
  CHECK(json.at("top1") == 89.5);
  CHECK(json.at("variables").at("a") == "8.0");
  CHECK(json.at("images") == 200);
  CHECK(json.at("error").is_null());
  CHECK(json.at("trial") == test::kEight);
  CHECK(result_json(results, results.rows()[0]).at("top1_ptq").is_null());
}

TEST_CASE("an infinite SQNR is written as inf", "[report]") {
  Journal journal;
  Record same = test::result(test::kEight, 90.5, 0.5);
  same.sqnr_db = std::numeric_limits<double>::infinity();
  journal.add({same, 1});
  const Results results(test::small_frozen_plan(), std::move(journal));
  CHECK(line_of(results_csv(results), 2).find(",6400,inf,") != std::string::npos);
  CHECK(result_json(results, results.rows()[1]).at("sqnr_db") == "inf");
}

TEST_CASE("timings.csv has a line per trial that ran", "[report]") {
  FrozenPlan plan = test::small_frozen_plan();
  plan.rows.push_back({1, "net", "again", {"8", ""}, "synthetic"});
  Journal journal;
  Record eight = test::result(test::kEight, 89.5, 0.5);
  eight.repeats = 5;
  journal.add({eight, 1});
  Record crashed = test::failure(test::kTwo, "killed");
  crashed.seconds = {{"finetune", 2}};
  journal.add({crashed, 2});
  CHECK(timings_csv({std::move(plan), std::move(journal)}) ==
        "trial,model,policy,w,a,data,evaluate_s,finetune_s,load_s,total_s,images_per_s,repeats,"
        "peak_memory_bytes,host\n"
        "8000000000000000,net,all,8,8.0,synthetic,1.500,,0.250,1.750,133.3,5,1048576,box\n"
        "2000000000000000,net,all,2,2,synthetic,,2.000,,2.000,,,,\n");
}

}  // namespace qsweep
