#include "qsweep/quant/folded_norm.hpp"

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/in_place.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>
#include <vector>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr int64_t kLongRow = 512;  // elements that make a loop worth its beginning

// Channels as neighbours in memory, the second axis.
bool has_rows(const Tensor& x) {
  return runs_kernels(x) && x.dim() >= 2 && x.numel() > 0 && x.stride(1) == 1 &&
         x.is_non_overlapping_and_dense();
}

// One number per channel, or `value` for all.
std::vector<float> channel_numbers(const Tensor& tensor, int64_t channels, float value) {
  return tensor.defined() ? numbers_of(tensor)
                          : std::vector<float>(static_cast<size_t>(channels), value);
}

// As at::batch_norm folds them, in float. Compilers may round a product and a sum once.
kernels::AffineRow folded(const LayerTensors& norm, int64_t channels, bool folds_once) {
  const std::vector<float> weight = channel_numbers(norm.weight, channels, 1);
  const std::vector<float> bias = channel_numbers(norm.bias, channels, 0);
  const std::vector<float> mean = numbers_of(norm.mean);
  const std::vector<float> variance = numbers_of(norm.variance);
  kernels::AffineRow row;
  for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
    const float inverse = 1 / std::sqrt(variance[c] + static_cast<float>(norm.eps));
    const float factor = inverse * weight[c];
    row.factor.push_back(factor);
    row.summand.push_back(folds_once ? std::fma(-mean[c], factor, bias[c])
                                     : bias[c] - mean[c] * factor);
  }
  return row;
}

void lengthen(std::vector<float>& row) {
  const std::vector<float> one = row;
  while (static_cast<int64_t>(row.size()) < kLongRow) {
    row.insert(row.end(), one.begin(), one.end());
  }
}

}  // namespace

std::optional<FoldedNorm> FoldedNorm::found(const LayerTensors& norm,
                                            const Tensor& x,
                                            const Tensor& y) {
  if (!has_rows(x) || !runs_kernels(y) || y.strides() != x.strides() || !runs_kernels(norm.mean)) {
    return std::nullopt;
  }
  const int64_t channels = x.size(1);
  for (const bool folds_once : {true, false}) {
    for (const bool rounds_once : {true, false}) {
      FoldedNorm tried(channels, folded(norm, channels, folds_once));
      tried.row_.rounds_once = rounds_once;
      lengthen(tried.row_.factor);
      lengthen(tried.row_.summand);
      if (kernels::is_affine(x.data_ptr<float>(), y.data_ptr<float>(), x.numel(), tried.row_)) {
        return tried;
      }
    }
  }
  return std::nullopt;
}

bool FoldedNorm::takes(const Tensor& x) const {
  return has_rows(x) && x.size(1) == channels_;
}

// Calls visit(first, count) for all elements, whole rows each time.
template <class Visit>
void FoldedNorm::visit_rows(const Tensor& x, Visit visit) const {
  const int64_t grain = std::max<int64_t>(1, kGrain / channels_);
  at::parallel_for(0, x.numel() / channels_, grain, [&](int64_t begin, int64_t end) {
    visit(begin * channels_, (end - begin) * channels_);
  });
}

Tensor FoldedNorm::apply(const Tensor& x) const {
  Tensor y = result_like(x);
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  visit_rows(x, [&](int64_t first, int64_t count) {
    kernels::map_affine(from + first, to + first, count, row_);
  });
  return y;
}

Quantized FoldedNorm::quantize(const Tensor& x, const kernels::Grid& grid) const {
  Quantized result;
  result.values = result_like(x);
  const float* from = x.data_ptr<float>();
  float* to = result.values.data_ptr<float>();
  std::atomic<bool> finite{true};
  visit_rows(x, [&](int64_t first, int64_t count) {
    if (!kernels::fake_quantize_affine(from + first, to + first, count, row_, grid)) {
      finite.store(false, std::memory_order_relaxed);
    }
  });
  result.finite = finite;
  return result;
}

}  // namespace qsweep
