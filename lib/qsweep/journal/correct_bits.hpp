#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace qsweep {

/// A bit per evaluated image, set where top-1 was right: trials/<id>/correct.bits. The first image
/// has the lowest bit of the first byte; the bits after the last image are zero.
struct CorrectBits {
  std::string bytes;

  bool fits(int64_t images) const;  // as many bytes as these need
  int64_t correct() const;          // images
};

/// Nothing where the trial left no such file. Throws IoError for a file that cannot be read.
std::optional<CorrectBits> read_correct_bits(const std::string& run_directory,
                                             const std::string& trial);
std::string correct_bits_path(const std::string& run_directory, const std::string& trial);

/// The images that are set in `a` and not in `b`, which is as long.
int64_t count_only_in(const CorrectBits& a, const CorrectBits& b);

}  // namespace qsweep
