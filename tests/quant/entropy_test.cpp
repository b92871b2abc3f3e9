#include "qsweep/quant/histogram.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "quant/range_requests.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using test::calibrated;
using test::observed;
using test::uniform;
using torch::Tensor;

namespace {

using Counts = std::vector<double>;

double sum(const Counts& counts) {
  double total = 0;
  for (const double count : counts) {
    total += count;
  }
  return total;
}

// The groups' mean over their bins that are not empty, in those bins.
Counts merged_and_spread(const Counts& bins, size_t groups) {
  Counts mass(groups, 0);
  Counts used(groups, 0);
  for (size_t bin = 0; bin < bins.size(); ++bin) {
    mass[bin * groups / bins.size()] += bins[bin];
    used[bin * groups / bins.size()] += bins[bin] > 0 ? 1 : 0;
  }
  Counts spread(bins.size(), 0);
  for (size_t bin = 0; bin < bins.size(); ++bin) {
    const size_t group = bin * groups / bins.size();
    spread[bin] = bins[bin] > 0 ? mass[group] / used[group] : 0;
  }
  return spread;
}

double divergence(const Counts& p, const Counts& q) {
  const double all_p = sum(p);
  const double all_q = sum(q);
  double result = 0;
  for (size_t bin = 0; bin < p.size(); ++bin) {
    if (p[bin] > 0) {
      result += p[bin] / all_p * std::log(p[bin] / all_p / (q[bin] / all_q));
    }
  }
  return result;
}

// Threshold by threshold, as the algorithm is described.
size_t best_threshold(Counts bins, size_t groups) {
  while (bins.size() > 1 && bins.back() == 0) {
    bins.pop_back();
  }
  bins[0] = bins[1];
  size_t best = bins.size();
  double least = std::numeric_limits<double>::infinity();
  for (size_t end = std::max<size_t>(128, groups); end <= bins.size(); ++end) {
    const Counts inside(bins.begin(), bins.begin() + static_cast<long>(end));
    Counts reference = inside;
    reference.back() += sum(bins) - sum(inside);
    const double found = divergence(reference, merged_and_spread(inside, groups));
    if (found <= least) {
      least = found;
      best = end;
    }
  }
  return best;
}

// A short tail and outliers far beyond it: 300 bins with values.
Tensor values(int seed, bool positive) {
  torch::manual_seed(seed);
  Tensor x = torch::randn({40, 50}) * 0.015;
  x = positive ? x.abs() : x;
  x[0][0] = 0.07F;
  x[0][1] = positive ? 0.9F : -0.9F;
  return x;
}

Counts magnitudes(const Tensor& x) {
  const Statistics histogram = observed(*make_calibrator("entropy"), {x});
  Counts counts;
  for (const float count : test::numbers(magnitude_counts(histogram))) {
    counts.push_back(count);
  }
  return counts;
}

}  // namespace

TEST_CASE("entropy finds the threshold that trying out each one finds", "[quant]") {
  for (const auto& [bits, symmetric, positive, groups] : {std::tuple{8, true, false, size_t{128}},
                                                          std::tuple{8, false, true, size_t{256}},
                                                          std::tuple{4, true, false, size_t{8}},
                                                          std::tuple{4, false, true, size_t{16}},
                                                          std::tuple{4, false, false, size_t{8}},
                                                          std::tuple{2, true, true, size_t{2}}}) {
    INFO(bits << " bits, " << groups << " groups");
    const Tensor x = values(bits, positive) / 4;
    const Range range = calibrated("entropy", uniform(bits, symmetric), {x});
    const size_t threshold = best_threshold(magnitudes(x), groups);
    const auto edge = static_cast<float>(static_cast<double>(threshold) * 0.25 / 4096);
    CHECK(range.max.item<float>() == std::min(edge, x.max().item<float>()));
    CHECK(range.min.item<float>() == std::max(-edge, x.min().item<float>()));
    CHECK(edge < 0.2F);  // the outliers are cut off
  }
}

TEST_CASE("with more codes than bins, entropy takes all that was seen", "[quant]") {
  const Tensor x = values(1, false);
  const Range range = calibrated("entropy", uniform(16, false), {x});
  CHECK(range.min.item<float>() == x.min().item<float>());
  CHECK(range.max.item<float>() == x.max().item<float>());
}
