#include "qsweep/core/random_stream.hpp"

#include "qsweep/core/sha256.hpp"

#include <cmath>
#include <numeric>
#include <utility>

namespace qsweep {
namespace {

uint64_t stream_key(uint64_t seed, const std::string& purpose, uint64_t index) {
  const std::string hex =
      sha256_hex(std::to_string(seed) + '/' + purpose + '/' + std::to_string(index));
  return std::stoull(hex.substr(0, 16), nullptr, 16);
}

}  // namespace

RandomStream::RandomStream(uint64_t seed, const std::string& purpose, uint64_t index)
    : engine_(stream_key(seed, purpose, index)) {}

double RandomStream::uniform() {
  return static_cast<double>(engine_() >> 11U) * 0x1.0p-53;
}

uint64_t RandomStream::below(uint64_t bound) {
  // Values past the last whole multiple of `bound` would favour the small remainders.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value = engine_();
  while (value >= limit) {
    value = engine_();
  }
  return value % bound;
}

double RandomStream::normal() {
  constexpr double kTwoPi = 6.283185307179586;
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(kTwoPi * uniform());
}

std::vector<int64_t> RandomStream::permutation(int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[below(i)]);
  }
  return order;
}

}  // namespace qsweep
