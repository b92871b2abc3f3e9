#pragma once

#include "qsweep/journal/run_meta.hpp"
#include "qsweep/report/results.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// A run with the folder that has its trials' files.
struct RunInFolder {
  std::string directory;
  Results results;
  std::optional<RunMeta> meta;
};

/// Throws IoError if there is no run in that folder.
RunInFolder load_run(const std::string& run_directory);

/// What can be said of a row.
enum class Verdict {
  Same,     // right and wrong on the same images
  Better,   // than in the base, at 5 % after Holm's correction
  Worse,    // likewise
  Unsure,   // neither is shown
  Added,    // "new": has a result, and the base has none
  Missing,  // a row of the base that the new run's plan does not have
  Failed,   // in the new run
  Pending   // in the new run
};
std::string to_string(Verdict verdict);  // "same", "better", ..., "new", "missing", ...

/// Two results on the same images, image by image.
struct PairedTest {
  int64_t won = 0;   // images that are right only in the new run
  int64_t lost = 0;  // images that were right only in the base
  AccuracyChange change;
  double p = 1;       // McNemar's exact test
  double p_holm = 1;  // corrected for the number of paired rows
};

struct ComparedRow {
  const RowResult* base = nullptr;  // null: no such row there
  const RowResult* now = nullptr;
  std::optional<PairedTest> test;  // where both have a result and were paired
  Verdict verdict = Verdict::Unsure;
  std::string note;  // why it was not paired, has no result, or goes by another name; may be empty

  const RowResult& shown() const { return now != nullptr ? *now : *base; }
  bool is_compared() const;  // a result on both sides
};

/// All rows of the new run in its order, and then those of the base that it does not have. Refers
/// to both runs, which must stay.
struct Comparison {
  const RunInFolder* base = nullptr;
  const RunInFolder* now = nullptr;
  std::vector<ComparedRow> rows;
  size_t tests = 0;                      // that Holm's correction counts
  std::vector<std::string> differences;  // in what the runs were made with: "LibTorch: a, now b"

  size_t count(Verdict verdict) const;
};

/// Rows find each other as `match_rows` says. Rows with a result on both sides are paired by image
/// from trials/<id>/correct.bits if the same images were evaluated.
Comparison compare_runs(const RunInFolder& base, const RunInFolder& now);

}  // namespace qsweep
