#pragma once

#include "qsweep/quant/kernels/vectorized.hpp"

#include <cstdint>
#include <cstring>

namespace qsweep::kernels {

/// The sum of value(0) to value(count - 1), in lanes side by side, since compilers do not reorder
/// sums of floating-point numbers. In double, so that rounded to float it is the same in whatever
/// order the numbers came. For loops marked QSWEEP_VECTORIZED.
template <class Value>
QSWEEP_PART_OF_LOOP double sum_in_lanes(int64_t count, const Value& value) {
  double lanes[kSumLanes] = {};
  const int64_t whole = count - count % kSumLanes;
  for (int64_t row = 0; row < whole; row += kSumLanes) {
#pragma GCC unroll 1  // unrolled, it would not be vectorized
    for (int64_t lane = 0; lane < kSumLanes; ++lane) {
      lanes[lane] += static_cast<double>(value(row + lane));
    }
  }
  double sum = 0;
  for (const double lane : lanes) {
    sum += lane;
  }
  for (int64_t i = whole; i < count; ++i) {
    sum += static_cast<double>(value(i));
  }
  return sum;
}

struct Values {
  const float* x;
  QSWEEP_PART_OF_LOOP float operator()(int64_t i) const { return x[i]; }
};

/// The same of numbers in memory.
QSWEEP_PART_OF_LOOP double sum_in_lanes(const float* x, int64_t count) {
  return sum_in_lanes(count, Values{x});
}

using FloatLanes = float __attribute__((vector_size(kSumLanes * sizeof(float))));
using IntegerLanes = int32_t __attribute__((vector_size(kSumLanes * sizeof(int32_t))));

/// A sum in lanes, kept in registers: a loop over kSumLanes elements that adds to an array waits
/// for memory. Of at most kSumBlock numbers, few enough for floats to be exact enough.
template <class Lanes, class Total>
class SumOfLanes {
 public:
  template <class Number>
  QSWEEP_PART_OF_LOOP void add(const Number (&row)[kSumLanes]) {
    Lanes lanes;
    static_assert(sizeof lanes == sizeof row);
    std::memcpy(&lanes, row, sizeof lanes);
    sum_ += lanes;
  }

  QSWEEP_PART_OF_LOOP Total total() const {
    Total total = 0;
    for (int64_t lane = 0; lane < kSumLanes; ++lane) {
      total += static_cast<Total>(sum_[lane]);
    }
    return total;
  }

 private:
  Lanes sum_ = {};
};
using LaneSum = SumOfLanes<FloatLanes, double>;
using LaneCount = SumOfLanes<IntegerLanes, int64_t>;

}  // namespace qsweep::kernels
