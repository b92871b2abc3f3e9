#pragma once

#include "qsweep/report/results.hpp"

#include <string>

namespace qsweep::test {

inline constexpr const char* kFloat = "f000000000000000";
inline constexpr const char* kEight = "8000000000000000";
inline constexpr const char* kTwo = "2000000000000000";

inline Record result(const std::string& trial, double top1, double loss) {
  Record record;
  record.trial = trial;
  record.ptq = Evaluation{200, top1, 99.5, loss};
  record.final = record.ptq;
  record.top1_best = top1;
  record.seconds = {{"evaluate", 1.5}, {"load", 0.25}};
  record.images_per_second = 133.333;
  record.peak_memory = 1048576;
  record.host = "box";
  return record;
}

inline Record failure(const std::string& trial, const std::string& reason) {
  Record record;
  record.trial = trial;
  record.failed = true;
  record.error = reason;
  record.error_text = reason + " in /data/x";
  record.error_kind = "error";
  return record;
}

/// A plan of one model with a float row, one of 8 bits and one of 2 bits.
inline FrozenPlan small_frozen_plan() {
  FrozenPlan plan;
  plan.experiment = "bits";
  plan.variables = {"w", "a"};
  plan.trials = {{kFloat, kFloat, {32, 32, 4000, 100, 102400}, 0, "", 0, "images"},
                 {kEight, kFloat, {8, 8.25, 1024, 100, 6400}, 0, "", 0, "images"},
                 {kTwo, kFloat, {2.33333333, 2, 300, 100, 400}, 0, "", 0, "images"}};
  for (uint32_t i = 0; i < 3; ++i) {
    plan.trial_numbers[plan.trials[i].id] = i;
  }
  plan.rows = {{0, "net", "float", {"", ""}, "synthetic"},
               {1, "net", "all", {"8", "8.0"}, "synthetic"},
               {2, "net", "all", {"2", "2"}, "synthetic"}};
  return plan;
}

/// All of it done: 8 bits lose 1 point (1 image won, 3 lost of 200), 2 bits lose 40.
inline Results small_run() {
  Journal journal;
  Record eight = result(kEight, 89.5, 0.5);
  eight.images_won = 1;
  eight.images_lost = 3;
  eight.sqnr_db = 31.256;
  Record two = result(kTwo, 50.5, 2.25);
  two.images_lost = 80;
  two.final->top1 = 50.5;
  two.ptq->top1 = 10;
  two.top1_best = 51;
  journal.add({result(kFloat, 90.5, 0.4000004), 1});
  journal.add({eight, 2});
  journal.add({two, 3});
  return {small_frozen_plan(), std::move(journal)};
}

}  // namespace qsweep::test
