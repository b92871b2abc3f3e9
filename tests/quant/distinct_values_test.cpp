#include "qsweep/quant/distinct_values.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "support/catch.hpp"

using namespace qsweep;

TEST_CASE("different values are found once each, in the order in which they came", "[quant]") {
  const std::vector<float> values = {3, 1, 3, 3, -1, 1, 0.5F};
  DistinctValues distinct;
  distinct.add(values.data(), 7);
  CHECK(distinct.found() == std::vector<float>{3, 1, -1, 0.5F});
  distinct.add(values.data() + 4, 3);
  CHECK(distinct.found().size() == 4);
}

TEST_CASE("values are told apart by their bits", "[quant]") {
  const std::vector<float> values = {0.0F, -0.0F, std::nanf(""), std::nanf(""), 0.0F, INFINITY};
  DistinctValues distinct;
  distinct.add(values.data(), 6);
  CHECK(distinct.found().size() == 4);
}

TEST_CASE("many different values are found too", "[quant]") {
  std::mt19937 random(1);
  std::vector<float> values;
  for (int i = 0; i < 300000; ++i) {
    values.push_back(static_cast<float>(random() % 70000) * 0.37F);
  }
  DistinctValues distinct;
  distinct.add(values.data(), static_cast<int64_t>(values.size()));
  std::vector<float> found = distinct.found();
  std::sort(found.begin(), found.end());
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  CHECK(found == values);
}
