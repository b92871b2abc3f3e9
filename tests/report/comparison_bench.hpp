#pragma once

#include "qsweep/journal/correct_bits.hpp"
#include "qsweep/report/comparison.hpp"

#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>

#include "small_run.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep::test {

/// 200 images of which the first so many are right.
class Images {
 public:
  explicit Images(int right) : bytes_(25, '\0') {
    for (int i = 0; i < right; ++i) {
      turn(i);
    }
  }
  /// Turns the images from `first` on, so many, from right to wrong or back.
  Images turned(int first, int count) const {
    Images other = *this;
    for (int i = first; i < first + count; ++i) {
      other.turn(i);
    }
    return other;
  }
  CorrectBits bits() const { return {bytes_}; }

 private:
  void turn(int image) {
    bytes_[image / 8] = static_cast<char>(bytes_[image / 8] ^ (1 << (image % 8)));
  }
  std::string bytes_;
};

/// A run of the small plan in a folder of its own. Its trials have 181, 179 and 101 of 200 images
/// right unless told otherwise.
class RunBench {
 public:
  RunBench() : plan(small_frozen_plan()) {
    add(kFloat, Images(181));
    add(kEight, Images(179));
    add(kTwo, Images(101));
  }

  /// A later result counts.
  void add(const std::string& trial, const Images& images) {
    const CorrectBits bits = images.bits();
    journal.add({result(trial, static_cast<double>(bits.correct()) / 2, 0.5), ++at_});
    const std::string path = bits_path(trial);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    write_text(path, bits.bytes);
  }
  std::string bits_path(const std::string& trial) const {
    return correct_bits_path(folder_.path(), trial);
  }
  /// Makes the trial another one, with the results that it has.
  void rename(size_t trial, const std::string& id) {
    plan.trials[trial].id = id;
    plan.trial_numbers[id] = static_cast<uint32_t>(trial);
  }

  std::string directory() const { return folder_.path(); }
  RunInFolder run() const { return {folder_.path(), Results(plan, journal), meta}; }

  FrozenPlan plan;
  Journal journal;
  RunMeta meta;

 private:
  ScratchFolder folder_;
  int64_t at_ = 0;
};

}  // namespace qsweep::test
