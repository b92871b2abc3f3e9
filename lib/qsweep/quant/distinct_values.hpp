#pragma once

#include <cstdint>
#include <vector>

namespace qsweep {

/// The different floats among many, told apart by their bits. Made for few: of a value that was
/// there before it takes one look into a table.
class DistinctValues {
 public:
  DistinctValues();

  void add(const float* values, int64_t count);
  /// In the order in which they came first.
  const std::vector<float>& found() const { return found_; }

 private:
  void insert(uint32_t bits);
  void grow();

  std::vector<uint32_t> slots_;  // bits of values, or kEmpty
  uint32_t shift_;               // of a hash, to a slot
  std::vector<float> found_;
};

}  // namespace qsweep
