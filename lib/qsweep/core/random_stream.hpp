#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace qsweep {

/// Random numbers that are the same on every machine and with every standard library. A stream is
/// named by a seed, its purpose ("shuffle", "augment", "calibrate") and an index (the epoch):
/// whoever asks for the same stream gets the same numbers, whatever ran before.
class RandomStream {
 public:
  RandomStream(uint64_t seed, const std::string& purpose, uint64_t index = 0);

  uint64_t bits() { return engine_(); }
  /// Uniform in [0, 1), with 53 random bits.
  double uniform();
  /// Uniform in [0, bound); `bound` is at least 1.
  uint64_t below(uint64_t bound);
  /// Standard normal (Box and Muller).
  double normal();
  /// The numbers 0 .. count-1 in random order (Fisher and Yates).
  std::vector<int64_t> permutation(int64_t count);

 private:
  std::mt19937_64 engine_;  // its output is fixed by the C++ standard; the distributions are not
};

}  // namespace qsweep
