#include "qsweep/quant/learned_step.hpp"

#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/grid.hpp"
#include "qsweep/quant/spread.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace qsweep {
namespace {

using kernels::LearnedStep;
using torch::Tensor;

constexpr float kNoFloor = -std::numeric_limits<float>::infinity();

template <int kNumbers>
struct LearnedStepKernel {
  static constexpr int kLearned = kNumbers;
  int64_t axis;
  int64_t scales;
  std::shared_ptr<const std::vector<LearnedStep>> grids;
  std::shared_ptr<const kernels::LearnedStepRow> row;
  float floor;
  double gradient_scale;

  bool forward(const float* x, float* y, int64_t count, int64_t scale) const {
    return kernels::learned_step(x, y, count, (*grids)[static_cast<size_t>(scale)], floor);
  }
  bool forward_rows(const float* x, float* y, int64_t count) const {
    return kernels::learned_step_rows(x, y, count, *row, floor);
  }
  void backward(const float* x,
                const float* dy,
                float* dx,
                int64_t count,
                int64_t scale,
                double* sums) const {
    double own[2] = {};
    kernels::learned_step_backward(
        x, dy, dx, count, (*grids)[static_cast<size_t>(scale)], floor, own);
    for (int k = 0; k < kNumbers; ++k) {
      sums[k] += gradient_scale * own[k];
    }
  }
};

// Neighbouring channels again and again until a row is long enough for vector loops.
kernels::LearnedStepRow row_of(const std::vector<LearnedStep>& grids) {
  constexpr size_t kLongEnough = 128;
  kernels::LearnedStepRow row;
  row.low = grids.front().low;
  row.high = grids.front().high;
  const size_t times = std::max<size_t>(1, kLongEnough / grids.size());
  for (size_t i = 0; i < times * grids.size(); ++i) {
    const LearnedStep& grid = grids[i % grids.size()];
    row.step.push_back(grid.step);
    row.inverse.push_back(grid.inverse);
    row.offset.push_back(grid.offset);
  }
  return row;
}

Tensor leaf(const Tensor& numbers) {
  return numbers.detach().to(torch::kFloat).reshape(-1).clone().requires_grad_(true);
}

// The same values with `factor` times the gradient.
Tensor with_gradient_times(const Tensor& x, double factor) {
  return x.detach() + (x - x.detach()) * factor;
}

}  // namespace

LearnedStepQuantizer::LearnedStepQuantizer(const Json& spec,
                                           const SiteShape& shape,
                                           Codes codes,
                                           bool learns_offset)
    : shape_(shape),
      per_channel_(spec.at("granularity") == "per_channel"),
      scales_gradient_(spec.at("gradient_scale").get<bool>()),
      codes_(codes),
      learns_offset_(learns_offset) {}

void LearnedStepQuantizer::set_range(const Range& range) {
  const torch::NoGradGuard no_grad;
  const Start first = start(range.min, range.max);
  zero_width_ = first.step.le(0).any().item<bool>();
  step_ = leaf(first.step.clamp_min(kLeastScale));
  if (learns_offset_) {
    offset_ = leaf(first.offset);
  }
}

Quantized LearnedStepQuantizer::quantize(Tensor x) {
  return runs_kernels(x) ? by_kernel(std::move(x), kNoFloor) : Quantized{with_aten(x), true};
}

Quantized LearnedStepQuantizer::quantize_relu(Tensor x) {
  return runs_kernels(x) ? by_kernel(std::move(x), 0.0F)
                         : Quantized{with_aten(torch::relu(x)), true};
}

NamedTensors LearnedStepQuantizer::parameters() const {
  if (learns_offset_) {
    return {{"step", step_}, {"offset", offset_}};
  }
  return {{"step", step_}};
}

void LearnedStepQuantizer::take_over(const Quantizer& earlier) {
  Quantizer::take_over(earlier);
  const auto* same = dynamic_cast<const LearnedStepQuantizer*>(&earlier);
  if (same != nullptr && same->step_.defined() && step_.defined()) {
    const torch::NoGradGuard no_grad;
    step_.mul_(static_cast<double>(same->codes_.high) / static_cast<double>(codes_.high));
    step_.clamp_min_(kLeastScale);
  }
}

void LearnedStepQuantizer::after_step(Tensor& /*latent*/) {
  const torch::NoGradGuard no_grad;
  step_.clamp_min_(kLeastScale);
}

Tensor LearnedStepQuantizer::codes(const Tensor& values) const {
  const torch::NoGradGuard no_grad;
  const Tensor step = spread(step_, values, shape_.channel_axis);
  const Tensor offset =
      learns_offset_ ? spread(offset_, values, shape_.channel_axis) : torch::zeros_like(step);
  const Tensor place = ((values - offset) / step).round();
  const Tensor code = (place - codes_.low).to(torch::kLong);
  return torch::where(place * step + offset == values, code, torch::full_like(code, -1));
}

std::optional<IntegerLevels> LearnedStepQuantizer::integer_levels(const Tensor& values) const {
  const torch::NoGradGuard no_grad;
  IntegerLevels levels{
      spread(step_, values, shape_.channel_axis), torch::tensor(codes_.low), 1, {}};
  if (learns_offset_) {
    levels.offset = spread(offset_, values, shape_.channel_axis);
  }
  return levels;
}

void LearnedStepQuantizer::tally(const Tensor& x, const Tensor& values, LevelTally& tally) const {
  if (!runs_kernels(x) || learns_offset_) {
    Quantizer::tally(x, values, tally);
    return;
  }
  std::vector<kernels::Grid> grids;
  for (const LearnedStep& grid : *grids_) {
    grids.push_back({grid.step, grid.inverse, grid.low, grid.high});
  }
  tally_grids(x, values, Grids(std::move(grids), shape_.channel_axis), tally);
}

std::string LearnedStepQuantizer::range_text() const {
  if (!step_.defined()) {
    return "";
  }
  const torch::NoGradGuard no_grad;
  const Tensor offset = learns_offset_ ? offset_ : torch::zeros_like(step_);
  return fmt::format("[{:.6g}, {:.6g}]",
                     (step_ * codes_.low + offset).min().item<float>(),
                     (step_ * codes_.high + offset).max().item<float>());
}

// Optimizers and loading change the tensors without a word.
void LearnedStepQuantizer::read_learned() {
  const std::vector<float> steps = numbers_of(step_);
  const std::vector<float> offsets =
      learns_offset_ ? numbers_of(offset_) : std::vector<float>(steps.size(), 0.0F);
  bool known = grids_ && grids_->size() == steps.size();
  for (size_t i = 0; known && i < steps.size(); ++i) {
    known = (*grids_)[i].step == steps[i] && (*grids_)[i].offset == offsets[i];
  }
  if (known) {
    return;
  }
  std::vector<LearnedStep> grids;
  for (size_t i = 0; i < steps.size(); ++i) {
    grids.push_back({steps[i],
                     1.0F / steps[i],
                     offsets[i],
                     static_cast<float>(codes_.low),
                     static_cast<float>(codes_.high)});
  }
  row_ = std::make_shared<const kernels::LearnedStepRow>(row_of(grids));
  grids_ = std::make_shared<const std::vector<LearnedStep>>(std::move(grids));
}

Quantized LearnedStepQuantizer::by_kernel(Tensor x, float floor) {
  read_learned();
  const auto scales = static_cast<int64_t>(grids_->size());
  const bool recorded = torch::GradMode::is_enabled();
  const double gradient_scale = recorded ? gradient_scale_of(x) : 1.0;
  if (learns_offset_) {
    const Tensor learned = recorded ? torch::stack({step_, offset_}) : Tensor();
    return elementwise(
        std::move(x),
        LearnedStepKernel<2>{shape_.channel_axis, scales, grids_, row_, floor, gradient_scale},
        learned);
  }
  const Tensor learned = recorded ? step_.view({1, scales}) : Tensor();
  return elementwise(
      std::move(x),
      LearnedStepKernel<1>{shape_.channel_axis, scales, grids_, row_, floor, gradient_scale},
      learned);
}

Tensor LearnedStepQuantizer::with_aten(const Tensor& x) const {
  const double factor = gradient_scale_of(x);
  const int64_t axis = shape_.channel_axis;
  const Tensor step = with_gradient_times(spread(step_, x, axis), factor);
  const Tensor offset = learns_offset_ ? with_gradient_times(spread(offset_, x, axis), factor)
                                       : torch::zeros_like(step);
  const Tensor place = (x - offset) * step.reciprocal();  // as the kernel has it
  const Tensor inside = (place > codes_.low).logical_and(place < codes_.high);
  const Tensor clipped = torch::where(inside, place, place.detach().clamp(codes_.low, codes_.high));
  const Tensor code = clipped.detach().round() + (clipped - clipped.detach());
  return code * step + offset;
}

// 1 / sqrt(N Qp): N weights, or features of one sample, share a step.
double LearnedStepQuantizer::gradient_scale_of(const Tensor& x) const {
  if (!scales_gradient_) {
    return 1.0;
  }
  const int64_t samples = shape_.kind == SiteKind::Weight ? 1 : x.size(0);
  const int64_t sharing = x.numel() / std::max<int64_t>(1, samples * step_.numel());
  return 1.0 / std::sqrt(static_cast<double>(std::max<int64_t>(1, sharing) * codes_.high));
}

}  // namespace qsweep
