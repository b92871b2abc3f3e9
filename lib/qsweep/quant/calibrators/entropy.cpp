// The threshold t on |x| at which the distribution of what lies below, with the outliers added to
// its last bin, differs least (Kullback-Leibler) from the same merged into as many groups as the
// quantizer has codes on one side of zero (TensorRT; the algorithm as in NVIDIA's
// pytorch-quantization: the first bin, zeros among it, counts like the second; of equals the
// largest t). Thresholds start at bin 128, or at the number of groups if that is more.

#include "qsweep/quant/histogram.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int64_t kFirstThreshold = 128;
constexpr int kMostBits = 11;  // more codes than that have hardly a bin each

double x_log_x(double x) {
  return x > 0 ? x * std::log(x) : 0;
}

// One row of counts, and its sums over the first i bins: what every threshold needs of it.
class Magnitudes {
 public:
  explicit Magnitudes(const Tensor& counts) {  // int64 [bins]
    const auto* values = counts.data_ptr<int64_t>();
    bins_.assign(values, values + counts.numel());
    while (bins_.size() > 1 && bins_.back() == 0) {
      bins_.pop_back();
    }
    bins_[0] = bins_.size() > 1 ? bins_[1] : bins_[0];
    for (const double count : bins_) {
      below_.push_back(below_.back() + count);
      used_.push_back(used_.back() + (count > 0 ? 1 : 0));
      count_log_count_.push_back(count_log_count_.back() + x_log_x(count));
    }
  }

  int64_t size() const { return static_cast<int64_t>(bins_.size()); }

  // sum p log(p / q) for p, the bins below `end` and the outliers in the last of them, and q, the
  // bins below `end` in `groups` equal parts, each spread evenly over its bins that are not empty.
  double divergence(int64_t end, int64_t groups) const {
    const auto last = static_cast<size_t>(end);
    const double count = bins_[last - 1];
    const double inside = below_[last];
    const double total = below_.back();
    const double outside = total - inside;
    if (inside == 0 || (count == 0 && outside > 0)) {
      return std::numeric_limits<double>::infinity();
    }
    const double p_log_p = count_log_count_[last] - x_log_x(count) + x_log_x(count + outside);
    double p_log_q = 0;
    double density = 0;  // of the group at hand
    size_t begin = 0;
    for (int64_t group = 1; group <= groups; ++group) {
      const auto stop = static_cast<size_t>((group * end + groups - 1) / groups);
      const double mass = below_[stop] - below_[begin];
      if (mass > 0) {
        density = mass / (used_[stop] - used_[begin]);
        p_log_q += mass * std::log(density);
      }
      begin = stop;
    }
    if (outside > 0) {
      p_log_q += outside * std::log(density);
    }
    return (p_log_p - p_log_q) / total - std::log(total) + std::log(inside);
  }

 private:
  std::vector<double> bins_;
  std::vector<double> below_{0};
  std::vector<double> used_{0};
  std::vector<double> count_log_count_{0};
};

int64_t best_threshold(const Magnitudes& magnitudes, int64_t groups) {
  int64_t best = magnitudes.size();
  double least = std::numeric_limits<double>::infinity();
  for (int64_t end = std::max(kFirstThreshold, groups); end <= magnitudes.size(); ++end) {
    const double divergence = magnitudes.divergence(end, groups);
    if (divergence <= least) {
      least = divergence;
      best = end;
    }
  }
  return best;
}

class Entropy : public Calibrator {
 public:
  ObserverKind observer(bool per_channel) const override { return histogram_observer(per_channel); }

  Range range(const Statistics& statistics, const RangeRequest& request) const override {
    const Range seen = seen_in(statistics);
    const Tensor counts = magnitude_counts(statistics).contiguous();
    const Tensor is_signed = has_negative_values(request, seen).to(torch::kLong).contiguous();
    Tensor bins = torch::empty({counts.size(0)}, torch::kLong);
    const int bits = bits_of(request);
    at::parallel_for(0, counts.size(0), 1, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const int64_t sides = 1 + is_signed.data_ptr<int64_t>()[row];
        bins.data_ptr<int64_t>()[row] =
            best_threshold(Magnitudes(counts[row]), (int64_t{1} << bits) / sides);
      }
    });
    const Tensor threshold = bins.to(torch::kDouble) * bin_width(statistics);
    return clipped_at(threshold.to(torch::kFloat), seen);
  }
};

}  // namespace

CalibratorEntry entropy_entry() {
  return {{"entropy",
           "where the distribution of the codes diverges least from that of the values",
           "Migacz 2017, 8-bit inference with TensorRT",
           {},
           /*follows_batches=*/false,
           kMostBits},
          [](const Json& /*parameters*/) -> std::unique_ptr<Calibrator> {
            return std::make_unique<Entropy>();
          }};
}

}  // namespace qsweep
