#include "qsweep/core/random_stream.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "support/catch.hpp"

namespace qsweep {
namespace {

// Calculated independently: a Mersenne twister seeded with the first 8 bytes of
// sha256("1/shuffle/2").
TEST_CASE("a stream is the same everywhere and forever", "[core]") {
  RandomStream stream(1, "shuffle", 2);
  CHECK(stream.bits() == 1761592232500598556u);
  CHECK(stream.bits() == 9316636459662514883u);
  RandomStream numbers(1, "shuffle", 2);
  CHECK(numbers.uniform() == 0.09549610627553684);
  CHECK(RandomStream(1, "shuffle", 2).below(10) == 6);
  CHECK(RandomStream(0, "order").permutation(8) == std::vector<int64_t>{2, 5, 4, 1, 7, 3, 6, 0});
}

TEST_CASE("seed, purpose and index each name another stream", "[core]") {
  const uint64_t first = RandomStream(1, "shuffle", 2).bits();
  CHECK(RandomStream(2, "shuffle", 2).bits() != first);
  CHECK(RandomStream(1, "augment", 2).bits() != first);
  CHECK(RandomStream(1, "shuffle", 3).bits() != first);
  CHECK(RandomStream(1, "shuffle", 2).bits() == first);
}

TEST_CASE("numbers below a bound are uniform", "[core]") {
  constexpr int kDraws = 60'000;
  std::array<int, 6> counts{};
  RandomStream stream(3, "dice");
  for (int i = 0; i < kDraws; ++i) {
    ++counts.at(stream.below(6));
  }
  double chi_square = 0;
  for (const int count : counts) {
    chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  }
  CHECK(chi_square < 20.5);  // 5 degrees of freedom: exceeded once in a thousand
  CHECK(stream.below(1) == 0);
}

TEST_CASE("normal numbers have mean 0 and variance 1", "[core]") {
  constexpr int kDraws = 100'000;
  RandomStream stream(4, "noise");
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
  }
  CHECK(sum / kDraws == Approx(0).margin(0.013));      // 4 standard errors
  CHECK(squares / kDraws == Approx(1).margin(0.018));  // 4 standard errors
}

TEST_CASE("a permutation has every number once, in an order of its own", "[core]") {
  RandomStream stream(5, "order");
  std::vector<int64_t> order = stream.permutation(1000);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  CHECK(order != stream.permutation(1000));
  std::sort(order.begin(), order.end());
  std::vector<int64_t> all(1000);
  std::iota(all.begin(), all.end(), 0);
  CHECK(order == all);
  CHECK(stream.permutation(0).empty());
}

}  // namespace
}  // namespace qsweep
