#include "qsweep/quant/histogram.hpp"

#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/kernels/histogram_kernel.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <mutex>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int64_t kHalf = kBins / 2;
constexpr int kHalfLog = 12;  // of kHalf, to base 2
static_assert(kHalf == int64_t{1} << kHalfLog, "bins are halved with the width");
constexpr int64_t kLeastExponent = -100;      // a bin's width stays a normal float
constexpr int64_t kHistogramGrain = 1 << 18;  // elements that are worth a histogram of their own

// Of the least power of two above x.
int64_t exponent_above(float x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return x == 0.0F ? kLeastExponent : std::max<int64_t>(exponent, kLeastExponent);
}

float inverse_width(int64_t exponent) {
  return std::ldexp(1.0F, kHalfLog - static_cast<int>(exponent));
}

// Doubles the range of a row `times` times.
void merge_bins(int64_t* counts, int64_t times) {
  std::vector<int64_t> merged(kBins, 0);
  const int64_t shift = std::min<int64_t>(times, 62);
  for (int64_t bin = 0; bin < kBins; ++bin) {
    merged[static_cast<size_t>(((bin - kHalf) >> shift) + kHalf)] += counts[bin];
  }
  std::copy(merged.begin(), merged.end(), counts);
}

bool is_finite(const Range& range) {
  return torch::isfinite(range.min).all().item<bool>() &&
         torch::isfinite(range.max).all().item<bool>();
}

class HistogramObserver : public Observer {
 public:
  HistogramObserver(bool per_channel, int64_t channel_axis)
      : per_channel_(per_channel), channel_axis_(channel_axis) {}

  void observe(const Tensor& x) override {
    const Tensor values = x.detach();
    seen_ = united(seen_, extremes(values));
    if (!is_finite(seen_)) {
      return;  // the statistics tell of it
    }
    widen();
    if (values.device().is_cpu() && values.scalar_type() == torch::kFloat) {
      count(values);
    } else {
      count_with_aten(values);
    }
  }

  Statistics statistics() const override {
    Statistics statistics;
    if (seen_.min.defined()) {
      statistics = {{"min", seen_.min}, {"max", seen_.max}};
    }
    if (counts_.defined()) {
      statistics.insert({{"counts", counts_}, {"exponent", exponent_}, {"zeros", zeros_}});
    }
    return statistics;
  }

 private:
  Range extremes(const Tensor& x) const {
    if (per_channel_) {
      const Range range = extremes_of(x, channel_axis_);
      return {range.min.to(torch::kCPU, torch::kFloat), range.max.to(torch::kCPU, torch::kFloat)};
    }
    const auto [min, max] = x.aminmax();
    return {min.to(torch::kCPU, torch::kFloat).reshape(1),
            max.to(torch::kCPU, torch::kFloat).reshape(1)};
  }

  // Lets the bins reach over all that was seen.
  void widen() {
    const int64_t rows = seen_.min.size(0);
    if (!counts_.defined()) {
      counts_ = torch::zeros({rows, kBins}, torch::kLong);
      zeros_ = torch::zeros({rows}, torch::kLong);
      exponent_ = torch::full({rows}, kLeastExponent, torch::kLong);
    }
    const Tensor reach = torch::maximum(seen_.min.abs(), seen_.max.abs());
    for (int64_t row = 0; row < rows; ++row) {
      int64_t& exponent = exponent_.data_ptr<int64_t>()[row];
      const int64_t needed = exponent_above(reach.data_ptr<float>()[row]);
      if (needed > exponent) {
        merge_bins(counts_.data_ptr<int64_t>() + row * kBins, needed - exponent);
        exponent = needed;
      }
    }
  }

  kernels::Bins bins_of(int64_t row, int64_t* counts) const {
    return {inverse_width(exponent_.data_ptr<int64_t>()[row]), static_cast<int32_t>(kHalf), counts};
  }

  void count(const Tensor& x) {
    if (per_channel_) {
      const Tensor rows = channel_rows(x, channel_axis_).contiguous();
      at::parallel_for(0, rows.size(0), 1, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          int64_t* counts = counts_.data_ptr<int64_t>() + row * kBins;
          zeros_.data_ptr<int64_t>()[row] += kernels::count_into(
              rows.data_ptr<float>() + row * rows.size(1), rows.size(1), bins_of(row, counts));
        }
      });
      return;
    }
    const Tensor all = dense(x);
    std::mutex adding;
    at::parallel_for(0, all.numel(), kHistogramGrain, [&](int64_t begin, int64_t end) {
      std::vector<int64_t> own(kBins, 0);
      const int64_t zeros =
          kernels::count_into(all.data_ptr<float>() + begin, end - begin, bins_of(0, own.data()));
      const std::lock_guard<std::mutex> lock(adding);
      int64_t* counts = counts_.data_ptr<int64_t>();
      std::transform(own.begin(), own.end(), counts, counts, std::plus<>());
      zeros_.data_ptr<int64_t>()[0] += zeros;
    });
  }

  // The same by plain operators, for other devices and types.
  void count_with_aten(const Tensor& x) {
    const Tensor rows =
        (per_channel_ ? channel_rows(x, channel_axis_) : x.reshape({1, -1})).to(torch::kFloat);
    const Tensor inverse = bin_width(statistics()).reciprocal().to(torch::kFloat).to(x.device());
    const Tensor first = torch::arange(rows.size(0), rows.options().dtype(torch::kLong)) * kBins;
    const Tensor bins =
        (rows * inverse.unsqueeze(1)).floor().to(torch::kLong) + kHalf + first.unsqueeze(1);
    counts_ += torch::bincount(bins.reshape(-1), {}, counts_.numel()).cpu().view_as(counts_);
    zeros_ += (rows == 0).sum(1).cpu();
  }

  bool per_channel_;
  int64_t channel_axis_;
  Range seen_;
  Tensor counts_;
  Tensor zeros_;
  Tensor exponent_;
};

}  // namespace

ObserverKind histogram_observer(bool per_channel) {
  return {per_channel ? "histogram per channel" : "histogram",
          per_channel,
          [per_channel](int64_t channel_axis) {
            return std::make_unique<HistogramObserver>(per_channel, channel_axis);
          }};
}

Tensor bin_width(const Statistics& histogram) {
  const Tensor exponent = histogram.at("exponent").to(torch::kDouble);
  return torch::pow(2.0, exponent - static_cast<double>(kHalfLog));
}

Range seen_in(const Statistics& histogram) {
  return {histogram.at("min"), histogram.at("max")};
}

Tensor magnitude_counts(const Statistics& histogram) {
  const Tensor& counts = histogram.at("counts");
  return counts.narrow(1, kHalf, kHalf) + counts.narrow(1, 0, kHalf).flip(1);
}

Range clipped_at(const Tensor& t, const Range& seen) {
  return {torch::maximum(seen.min, -t), torch::minimum(seen.max, t)};
}

}  // namespace qsweep
