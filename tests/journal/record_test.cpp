#include "qsweep/journal/record.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("a record comes back from JSON with everything it had", "[journal]") {
  Record record;
  record.trial = "0123456789abcdef";
  record.ptq = Evaluation{2000, 91.25, 99.5, 0.25};
  record.final = Evaluation{2000, 92.5, 99.75, 0.125};
  record.top1_best = 92.75;
  record.sqnr_db = 30.5;
  record.images_won = 3;
  record.images_lost = 7;
  record.seconds = {{"evaluate", 1.5}, {"finetune", 12.0}};
  record.images_per_second = 1234.5;
  record.peak_memory = 123456789;
  record.shared_memory = 23456789;
  record.host = "box";

  const auto back = Json::parse(Json(record).dump()).get<Record>();
  CHECK(back.trial == "0123456789abcdef");
  CHECK_FALSE(back.failed);
  CHECK(back.ptq->top1 == 91.25);
  CHECK(back.final->images == 2000);
  CHECK(back.final->loss == 0.125);
  CHECK(back.top1_best == 92.75);
  CHECK(back.sqnr_db == 30.5);
  CHECK(back.images_won == 3);
  CHECK(back.images_lost == 7);
  CHECK(back.seconds == record.seconds);
  CHECK(back.peak_memory == 123456789);
  CHECK(back.shared_memory == 23456789);
  CHECK(back.host == "box");
}

TEST_CASE("a failed record keeps its reason and has no numbers", "[journal]") {
  Record record;
  record.failed = true;
  record.error = "the loss is not finite in epoch 1, step 3";
  record.error_kind = "nan";
  record.error_text = "all of it: /data/x";
  const auto back = Json::parse(Json(record).dump()).get<Record>();
  CHECK(back.failed);
  CHECK(back.error == "the loss is not finite in epoch 1, step 3");
  CHECK(back.error_kind == "nan");
  CHECK(back.error_text == "all of it: /data/x");
  CHECK_FALSE(back.final);
  CHECK_FALSE(back.top1_best);
}

TEST_CASE("a trial that never started says so, and only it", "[journal]") {
  Record record;
  record.failed = true;
  CHECK_FALSE(Json(record).contains("started"));
  CHECK(Json(record).get<Record>().started);
  record.started = false;
  CHECK_FALSE(Json(record).get<Record>().started);
}

TEST_CASE("crashes, kills, lack of memory and time may be bad luck", "[journal]") {
  Record record;
  for (const char* kind : {"signal", "lost", "memory", "timeout"}) {
    record.failed = true;
    record.error_kind = kind;
    CHECK(may_be_bad_luck(record));
  }
  for (const char* kind : {"nan", "io", "error"}) {
    record.error_kind = kind;
    CHECK_FALSE(may_be_bad_luck(record));
  }
  CHECK_FALSE(may_be_bad_luck(Record()));
}

TEST_CASE("infinities and NaN survive JSON, which has none", "[journal]") {
  Record record;
  record.sqnr_db = std::numeric_limits<double>::infinity();
  record.final = Evaluation{10, 0, 0, std::numeric_limits<double>::quiet_NaN()};
  const Json json = record;
  CHECK(json.at("sqnr_db") == "inf");
  const auto back = Json::parse(json.dump()).get<Record>();
  CHECK(back.sqnr_db == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(back.final->loss));
}

}  // namespace qsweep
