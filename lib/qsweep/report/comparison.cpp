#include "qsweep/report/comparison.hpp"

#include "qsweep/report/holm.hpp"
#include "qsweep/report/paired_bits.hpp"
#include "qsweep/report/row_matching.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace qsweep {
namespace {

constexpr double kLevel = 0.05;

bool has_result(const RowResult* row) {
  return row != nullptr && row->status == RowStatus::Done && row->record->final;
}

// A trial that stayed the same, to the last digit; for runs without the bits of their images.
bool is_same_record(const RowResult& a, const RowResult& b) {
  const Evaluation& before = *a.record->final;
  const Evaluation& now = *b.record->final;
  return a.trial->id == b.trial->id && before.images == now.images && before.top1 == now.top1 &&
         before.top5 == now.top5 && before.loss == now.loss;
}

// Rows of one trial share its test.
class Pairing {
 public:
  Pairing(const RunInFolder& base, const RunInFolder& now) : base_(base), now_(now) {}

  const PairedBits& of(const RowResult& before, const RowResult& row) {
    const auto [known, is_new] = tests_.try_emplace({before.trial->id, row.trial->id});
    if (is_new) {
      known->second = pair_bits(base_, before, now_, row);
    }
    return known->second;
  }

 private:
  const RunInFolder& base_;
  const RunInFolder& now_;
  std::map<std::pair<std::string, std::string>, PairedBits> tests_;
};

std::string name_in(const RunInFolder& run, const RowResult& row) {
  return row_name(*row.row, run.results.plan().variables);
}

std::string note_on_base(const RowResult* row) {
  if (row == nullptr) {
    return "";
  }
  return row->status == RowStatus::Failed ? "failed in the base: " + row->record->error
                                          : "pending in the base";
}

void judge(Pairing& pairing, ComparedRow& row) {
  if (row.now->status == RowStatus::Failed) {
    row.verdict = Verdict::Failed;
    row.note = row.now->record->error;
    return;
  }
  if (!has_result(row.now)) {
    row.verdict = Verdict::Pending;
    return;
  }
  if (!has_result(row.base)) {
    row.verdict = Verdict::Added;
    row.note = note_on_base(row.base);
    return;
  }
  const PairedBits& paired = pairing.of(*row.base, *row.now);
  row.test = paired.test;
  if (!row.test) {
    row.note = "not paired: " + paired.obstacle;
    row.verdict = is_same_record(*row.base, *row.now) ? Verdict::Same : Verdict::Unsure;
  }
}

void note_other_name(const Comparison& comparison, ComparedRow& row) {
  const std::string before = name_in(*comparison.base, *row.base);
  if (before != name_in(*comparison.now, *row.now)) {
    row.note += (row.note.empty() ? "" : "; ") + ("in the base: " + before);
  }
}

Verdict verdict_of(const PairedTest& test) {
  if (test.won == 0 && test.lost == 0) {
    return Verdict::Same;
  }
  if (test.p_holm >= kLevel) {
    return Verdict::Unsure;
  }
  return test.won > test.lost ? Verdict::Better : Verdict::Worse;
}

void correct_for_number(Comparison& comparison) {
  std::vector<ComparedRow*> tested;
  std::vector<double> p;
  for (ComparedRow& row : comparison.rows) {
    if (row.test) {
      tested.push_back(&row);
      p.push_back(row.test->p);
    }
  }
  const std::vector<double> corrected = holm_corrected(p);
  for (size_t i = 0; i < tested.size(); ++i) {
    tested[i]->test->p_holm = corrected[i];
    tested[i]->verdict = verdict_of(*tested[i]->test);
  }
  comparison.tests = tested.size();
}

std::vector<std::string> differences_of(const RunInFolder& base, const RunInFolder& now) {
  std::vector<std::string> all;
  if (!base.meta || !now.meta) {
    return all;
  }
  const auto compare =
      [&](const std::string& what, const std::string& before, const std::string& after) {
        if (before != after) {
          all.push_back(what + ": " + before + " in the base, " + after + " now");
        }
      };
  compare("qsweep", base.meta->qsweep, now.meta->qsweep);
  compare("LibTorch", base.meta->libtorch, now.meta->libtorch);
  compare("numerics", std::to_string(base.meta->numerics), std::to_string(now.meta->numerics));
  compare("threads", std::to_string(base.meta->threads), std::to_string(now.meta->threads));
  compare("device", base.meta->device, now.meta->device);
  return all;
}

// The rows side by side, without verdicts.
void line_up(Comparison& comparison) {
  const std::vector<RowResult>& base = comparison.base->results.rows();
  const std::vector<RowResult>& now = comparison.now->results.rows();
  const auto counterparts =
      match_rows(row_labels(comparison.base->results), row_labels(comparison.now->results));
  std::vector<char> found(base.size(), 0);
  for (size_t i = 0; i < now.size(); ++i) {
    ComparedRow row;
    row.now = &now[i];
    if (counterparts[i]) {
      row.base = &base[*counterparts[i]];
      found[*counterparts[i]] = 1;
    }
    comparison.rows.push_back(row);
  }
  for (size_t i = 0; i < base.size(); ++i) {
    if (found[i] == 0) {
      ComparedRow row;
      row.base = &base[i];
      row.verdict = Verdict::Missing;
      comparison.rows.push_back(row);
    }
  }
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Same:
      return "same";
    case Verdict::Better:
      return "better";
    case Verdict::Worse:
      return "worse";
    case Verdict::Unsure:
      return "unsure";
    case Verdict::Added:
      return "new";
    case Verdict::Missing:
      return "missing";
    case Verdict::Failed:
      return "failed";
    case Verdict::Pending:
      break;
  }
  return "pending";
}

RunInFolder load_run(const std::string& run_directory) {
  return {run_directory, load_results(run_directory), read_meta(run_directory)};
}

bool ComparedRow::is_compared() const {
  return has_result(base) && has_result(now);
}

size_t Comparison::count(Verdict verdict) const {
  return static_cast<size_t>(std::count_if(
      rows.begin(), rows.end(), [&](const ComparedRow& row) { return row.verdict == verdict; }));
}

Comparison compare_runs(const RunInFolder& base, const RunInFolder& now) {
  Comparison comparison;
  comparison.base = &base;
  comparison.now = &now;
  comparison.differences = differences_of(base, now);
  line_up(comparison);
  Pairing pairing(base, now);
  for (ComparedRow& row : comparison.rows) {
    if (row.now != nullptr) {
      judge(pairing, row);
    }
    if (row.now != nullptr && row.base != nullptr) {
      note_other_name(comparison, row);
    }
  }
  correct_for_number(comparison);
  return comparison;
}

}  // namespace qsweep
