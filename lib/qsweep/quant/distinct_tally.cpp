#include "qsweep/quant/distinct_tally.hpp"

#include "qsweep/quant/distinct_values.hpp"

#include <torch/types.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace qsweep {
namespace {

using torch::Tensor;

// The elements of each scale as neighbours, [scales, elements].
Tensor rows_of(const Tensor& x, const ScaleAxis& scales) {
  if (scales.count == 1) {
    return x.contiguous().view({1, -1});
  }
  return x.transpose(0, scales.axis).contiguous().view({scales.count, -1});
}

// A row of different values for each scale, filled up with its first one.
Tensor distinct_in(const Tensor& rows) {
  std::vector<std::vector<float>> found;
  size_t most = 0;
  for (int64_t scale = 0; scale < rows.size(0); ++scale) {
    DistinctValues values;
    values.add(rows.data_ptr<float>() + scale * rows.size(1), rows.size(1));
    most = std::max(most, values.found().size());
    found.push_back(values.found());
  }
  std::vector<float> all;
  for (std::vector<float>& values : found) {
    values.resize(most, values.front());
    all.insert(all.end(), values.begin(), values.end());
  }
  return torch::tensor(all).view({rows.size(0), -1});
}

// What codes() wants: scales along their axis.
Tensor as_quantized(const Tensor& distinct, const ScaleAxis& scales) {
  std::vector<int64_t> shape(static_cast<size_t>(scales.axis) + 2, 1);
  shape.front() = distinct.size(0);
  shape.back() = distinct.size(1);
  return distinct.view(shape).transpose(0, scales.axis);
}

// Of each scale the value with this code; NaN where it does not occur.
std::vector<float> values_with(int64_t code, const Tensor& codes, const Tensor& distinct) {
  std::vector<float> values(static_cast<size_t>(codes.size(0)),
                            std::numeric_limits<float>::quiet_NaN());
  const auto code_of = codes.accessor<int64_t, 2>();
  const auto value_of = distinct.accessor<float, 2>();
  for (int64_t scale = 0; scale < codes.size(0); ++scale) {
    for (int64_t i = 0; i < codes.size(1); ++i) {
      if (code_of[scale][i] == code) {
        values[static_cast<size_t>(scale)] = value_of[scale][i];
      }
    }
  }
  return values;
}

}  // namespace

bool mark_levels(const Tensor& codes, LevelTally& tally) {
  const Tensor plain = codes.to(torch::kCPU).contiguous();
  const int64_t* first = plain.data_ptr<int64_t>();
  const int64_t* last = first + plain.numel();
  const auto levels = static_cast<int64_t>(tally.seen.size());
  if (!std::all_of(first, last, [levels](int64_t code) { return code >= 0 && code < levels; })) {
    return false;
  }
  std::for_each(first, last, [&tally](int64_t code) { tally.seen[static_cast<size_t>(code)] = 1; });
  return true;
}

void add(const kernels::Differences& sums, int64_t elements, LevelTally& tally) {
  tally.elements += elements;
  tally.saturated += sums.beyond;
  tally.signal += sums.signal;
  tally.noise += sums.noise;
}

void tally_codes(const Quantizer& quantizer,
                 const Tensor& x,
                 const Tensor& values,
                 LevelTally& tally) {
  const torch::NoGradGuard no_grad;
  const auto levels = static_cast<int64_t>(tally.seen.size());
  const Tensor found = quantizer.codes(values);
  const Tensor is_level = (found >= 0).logical_and(found < levels);
  const Tensor rounding = values.abs() * kernels::kEndRounding;
  const Tensor below = (found == 0).logical_and(x < values - rounding);
  const Tensor above = (found == levels - 1).logical_and(x > values + rounding);
  tally.elements += x.numel();
  tally.off_level += x.numel() - is_level.sum().item<int64_t>();
  tally.saturated += below.logical_or(above).sum().item<int64_t>();
  const Tensor exact = x.to(torch::kDouble);
  tally.signal += exact.square().sum().item<double>();
  tally.noise += (exact - values.to(torch::kDouble)).square().sum().item<double>();
  mark_levels(found.masked_select(is_level), tally);
}

void tally_distinct(const Quantizer& quantizer,
                    const ScaleAxis& scales,
                    const Tensor& x,
                    const Tensor& values,
                    LevelTally& tally) {
  const torch::NoGradGuard no_grad;
  if (x.numel() == 0) {
    return;
  }
  // Of one scale the order does not matter: as both lie in memory.
  const bool in_memory =
      scales.count == 1 && x.strides() == values.strides() && x.is_non_overlapping_and_dense();
  const Tensor from = in_memory ? x.as_strided({1, x.numel()}, {x.numel(), 1}) : rows_of(x, scales);
  const Tensor to =
      in_memory ? values.as_strided({1, x.numel()}, {x.numel(), 1}) : rows_of(values, scales);
  const Tensor distinct = distinct_in(to);
  const Tensor codes = quantizer.codes(as_quantized(distinct, scales))
                           .transpose(0, scales.axis)
                           .reshape(distinct.sizes())
                           .contiguous();
  if (!mark_levels(codes, tally)) {
    tally_codes(quantizer, x, values, tally);  // which counts those that are none
    return;
  }
  const std::vector<float> lowest = values_with(0, codes, distinct);
  const std::vector<float> highest =
      values_with(static_cast<int64_t>(tally.seen.size()) - 1, codes, distinct);
  kernels::Differences sums;
  for (int64_t scale = 0; scale < to.size(0); ++scale) {
    const float* row = from.data_ptr<float>() + scale * from.size(1);
    const float* levels = to.data_ptr<float>() + scale * to.size(1);
    const auto i = static_cast<size_t>(scale);
    kernels::add_differences(row, levels, levels, to.size(1), lowest[i], highest[i], sums);
  }
  add(sums, x.numel(), tally);
}

}  // namespace qsweep
