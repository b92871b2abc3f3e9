#include "qsweep/report/paired_bits.hpp"

#include "qsweep/journal/correct_bits.hpp"
#include "qsweep/report/mcnemar.hpp"

#include <cmath>
#include <utility>

namespace qsweep {
namespace {

std::string other_images(const RunInFolder& base,
                         const RowResult& base_row,
                         const RunInFolder& now,
                         const RowResult& row) {
  const int64_t before = base_row.record->final->images;
  const int64_t images = row.record->final->images;
  if (before != images) {
    return std::to_string(before) + " images were evaluated in the base, " +
           std::to_string(images) + " now";
  }
  if (base_row.trial->id == row.trial->id) {
    return "";
  }
  for (const auto& [run, trial] : {std::pair(&base, base_row.trial), std::pair(&now, row.trial)}) {
    if (trial->evaluated.empty()) {
      return "the plan of " + run->directory +
             " is of an earlier version, which does not tell the evaluated images";
    }
  }
  return base_row.trial->evaluated == row.trial->evaluated
             ? ""
             : "other images are evaluated: the data, or what is drawn from them, differ";
}

// The file may be of another evaluation than the journal's last: its trial was cut off, or copied.
std::string wrong_bits(const std::optional<CorrectBits>& bits,
                       const RunInFolder& run,
                       const RowResult& row) {
  const std::string path = correct_bits_path(run.directory, row.trial->id);
  const Evaluation& final = *row.record->final;
  if (!bits) {
    return path + " is missing";
  }
  const auto expected =
      static_cast<int64_t>(std::llround(final.top1 / 100 * static_cast<double>(final.images)));
  if (bits->fits(final.images) && bits->correct() == expected) {
    return "";
  }
  return path + " does not fit the journal: " + std::to_string(bits->bytes.size()) +
         " bytes with " + std::to_string(bits->correct()) + " correct images, not " +
         std::to_string(expected) + " of " + std::to_string(final.images);
}

}  // namespace

PairedBits pair_bits(const RunInFolder& base,
                     const RowResult& base_row,
                     const RunInFolder& now,
                     const RowResult& row) {
  PairedBits paired;
  paired.obstacle = other_images(base, base_row, now, row);
  if (!paired.obstacle.empty()) {
    return paired;
  }
  const auto before = read_correct_bits(base.directory, base_row.trial->id);
  const auto bits = read_correct_bits(now.directory, row.trial->id);
  paired.obstacle = wrong_bits(before, base, base_row);
  if (paired.obstacle.empty()) {
    paired.obstacle = wrong_bits(bits, now, row);
  }
  if (paired.obstacle.empty()) {
    PairedTest test;
    test.won = count_only_in(*bits, *before);
    test.lost = count_only_in(*before, *bits);
    test.change = accuracy_change(test.won, test.lost, row.record->final->images);
    test.p = mcnemar_exact_p(test.won, test.lost);
    paired.test = test;
  }
  return paired;
}

}  // namespace qsweep
