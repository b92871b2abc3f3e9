#include "qsweep/quant/block_quantizer.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/quant/channel_scales.hpp"
#include "qsweep/quant/channels.hpp"
#include "qsweep/quant/distinct_tally.hpp"
#include "qsweep/quant/distinct_values.hpp"
#include "qsweep/quant/elementwise.hpp"
#include "qsweep/quant/in_place.hpp"
#include "qsweep/quant/kernels/float_kernel.hpp"

#include <ATen/Parallel.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

// What the walk over a tensor's blocks needs. In memory a dense tensor is `outer` times `length`
// rows of `stride` elements, whatever the order of its other axes.
struct Blocks {
  kernels::BlockFormat format;
  int64_t axis;
  int64_t size;
  float limit;
};

// The blocks `begin` to `end` of rows of `length` neighbours, each with whole blocks and perhaps a
// shorter one at its end.
bool quantize_rows(
    const float* x, float* y, int64_t length, int64_t begin, int64_t end, const Blocks& blocks) {
  const int64_t size = blocks.size;
  if (length % size == 0) {
    const int64_t offset = begin * size;
    return kernels::quantize_blocks(x + offset, y + offset, end - begin, size, blocks.format);
  }
  const int64_t per_row = length / size + 1;
  bool finite = true;
  for (int64_t block = begin; block < end;) {
    const int64_t place = block % per_row;
    const int64_t offset = block / per_row * length + place * size;
    const int64_t whole = std::min(per_row - 1 - place, end - block);
    const int64_t count = std::max<int64_t>(1, whole);
    const int64_t elements = whole > 0 ? size : length % size;
    finite =
        kernels::quantize_blocks(x + offset, y + offset, count, elements, blocks.format) && finite;
    block += count;
  }
  return finite;
}

// The same where the elements of a block lie `stride` apart: `stride` blocks side by side.
bool quantize_slabs(const float* x,
                    float* y,
                    int64_t length,
                    int64_t stride,
                    int64_t begin,
                    int64_t end,
                    const Blocks& blocks) {
  const int64_t per_axis = (length + blocks.size - 1) / blocks.size;
  bool finite = true;
  for (int64_t slab = begin; slab < end; ++slab) {
    const int64_t first = slab % per_axis * blocks.size;
    const int64_t offset = (slab / per_axis * length + first) * stride;
    const int64_t rows = std::min(blocks.size, length - first);
    finite =
        kernels::quantize_columns(x + offset, y + offset, rows, stride, stride, blocks.format) &&
        finite;
  }
  return finite;
}

// Fills y, of x's memory layout. True if every x is finite.
bool quantize_into(const Tensor& x, Tensor& y, const Blocks& blocks) {
  const int64_t length = x.size(blocks.axis);
  const int64_t stride = x.stride(blocks.axis);
  const int64_t per_axis = (length + blocks.size - 1) / blocks.size;
  const int64_t total = x.numel() / (length * stride) * per_axis;
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  std::atomic<bool> finite{true};
  const int64_t grain = std::max<int64_t>(1, kGrain / (blocks.size * stride));
  at::parallel_for(0, total, grain, [&](int64_t begin, int64_t end) {
    const bool fine = stride == 1 ? quantize_rows(from, to, length, begin, end, blocks)
                                  : quantize_slabs(from, to, length, stride, begin, end, blocks);
    if (!fine) {
      finite.store(false, std::memory_order_relaxed);
    }
  });
  return finite;
}

class StraightThroughBlocks : public torch::autograd::Function<StraightThroughBlocks> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& x,
                        const Blocks& blocks,
                        bool* finite) {
    Tensor y = torch::empty_like(x);
    *finite = quantize_into(x, y, blocks);
    context->saved_data["limit"] = static_cast<double>(blocks.limit);
    if (std::isfinite(blocks.limit)) {
      context->save_for_backward({x});
    }
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const double limit = context->saved_data["limit"].toDouble();
    if (!std::isfinite(limit)) {
      return {gradients[0], Tensor(), Tensor()};
    }
    const Tensor x = context->get_saved_variables()[0];
    Tensor dy = gradients[0];
    if (dy.strides() != x.strides()) {
      dy = torch::empty_like(x).copy_(dy);
    }
    Tensor dx = torch::empty_like(x);
    const float* values = x.data_ptr<float>();
    const float* from = dy.data_ptr<float>();
    float* to = dx.data_ptr<float>();
    at::parallel_for(0, x.numel(), kGrain, [&](int64_t begin, int64_t end) {
      const auto own = static_cast<float>(limit);
      kernels::pass_within(values + begin, from + begin, to + begin, end - begin, own);
    });
    return {dx, Tensor(), Tensor()};
  }
};

}  // namespace

int64_t block_axis(const Tensor& x, const BlockShape& block, const SiteShape& shape) {
  if (!block.along_channels) {
    return x.dim() - 1;
  }
  if (shape.kind != SiteKind::Weight || x.dim() == 1) {
    return shape.channel_axis;
  }
  const int64_t inputs = shape.channel_axis == 0 ? 1 : 0;
  return x.size(inputs) == 1 ? shape.channel_axis : inputs;
}

BlockQuantizer::BlockQuantizer(FloatLevels levels, const BlockShape& block, const SiteShape& shape)
    : levels_(std::move(levels)), block_(block), shape_(shape) {}

int64_t BlockQuantizer::axis_of(const Tensor& x) const {
  const int64_t axis = block_axis(x, block_, shape_);
  if (x.size(axis) < block_.size) {
    throw TrialError("blocks of " + std::to_string(block_.size) + " do not fit on an axis of " +
                     std::to_string(x.size(axis)));
  }
  return axis;
}

Quantized BlockQuantizer::quantize(Tensor x) {
  const int64_t axis = axis_of(x);
  if (!runs_kernels(x)) {
    const Tensor scale = scales_over(x);
    const Tensor quantized = (levels_.rounded(x.detach() / scale) * scale).to(x.scalar_type());
    return {straight_through(x, quantized, x.detach().abs() <= limit()), true};
  }
  if (!x.is_non_overlapping_and_dense()) {
    x = x.contiguous();
  }
  const Blocks blocks{format(), axis, block_.size, limit()};
  Quantized result;
  if (torch::GradMode::is_enabled() && x.requires_grad()) {
    result.values = StraightThroughBlocks::apply(x, blocks, &result.finite);
    return result;
  }
  result.values = result_like(x);
  result.finite = quantize_into(x, result.values, blocks);
  return result;
}

// The scale of each element, in x's type.
Tensor BlockQuantizer::scales_over(const Tensor& x) const {
  const int64_t axis = axis_of(x);
  const Tensor last = x.detach().abs().movedim(axis, -1);
  const int64_t length = last.size(-1);
  const int64_t blocks = (length + block_.size - 1) / block_.size;
  const Tensor padded = torch::constant_pad_nd(last, {0, blocks * block_.size - length});
  std::vector<int64_t> shape = padded.sizes().vec();
  shape.back() = blocks;
  shape.push_back(block_.size);
  const Tensor largest = padded.reshape(shape).amax(-1).to(torch::kDouble);
  const Tensor spread = scales_of(largest).repeat_interleave(block_.size, -1);
  return spread.narrow(-1, 0, length).movedim(-1, axis).to(x.scalar_type());
}

// What a block shows has the same scale as what it was made of.
Tensor BlockQuantizer::codes(const Tensor& values) const {
  return levels_.codes(values, scales_over(values));
}

// Quantizing again shows the numbers, and whether values are numbers times their scale: those are
// what they were.
void BlockQuantizer::tally(const Tensor& x, const Tensor& values, LevelTally& tally) const {
  const torch::NoGradGuard no_grad;
  if (!runs_kernels(x) || !runs_kernels(values)) {
    return tally_codes(*this, x, values, tally);
  }
  const Tensor to = dense(values);
  const Tensor from = x.strides() == to.strides() ? x : torch::empty_like(to).copy_(x);
  Blocks blocks{format(), axis_of(to), block_.size, limit()};
  Tensor again = torch::empty_like(to);
  quantize_into(to, again, blocks);
  Tensor numbers = torch::empty_like(to);
  blocks.format.unscaled = true;
  quantize_into(to, numbers, blocks);
  DistinctValues distinct;
  distinct.add(numbers.data_ptr<float>(), numbers.numel());
  const Tensor different = torch::tensor(distinct.found());
  if (!again.equal(to) || !mark_levels(levels_.codes(different, torch::ones({})), tally)) {
    return tally_codes(*this, x, values, tally);  // which counts those that are none
  }
  const auto highest = static_cast<float>(levels_.max());
  kernels::Differences sums;
  kernels::add_differences(from.data_ptr<float>(),
                           to.data_ptr<float>(),
                           numbers.data_ptr<float>(),
                           to.numel(),
                           -highest,
                           highest,
                           sums);
  add(sums, to.numel(), tally);
}

std::vector<Parameter> block_parameters(int size, int min_size, int max_size) {
  using Type = Parameter::Type;
  return {
      {"block",
       Type::Integer,
       size,
       static_cast<double>(min_size),
       static_cast<double>(max_size),
       {},
       "neighbours that share a scale"},
      {"axis",
       Type::Choice,
       "channels",
       0,
       0,
       {"channels", "last"},
       "what blocks lie along: the channels that a product sums over, or the innermost axis"},
  };
}

BlockShape block_shape_of(const Json& spec) {
  return {spec.at("block").get<int64_t>(), spec.at("axis") == "channels"};
}

std::vector<ScaleSpread> block_spread() {
  using Per = ScaleSpread::Per;
  return {{{{"axis", "last"}}, Per::LastBlock, "block"}, {Json::object(), Per::Block, "block"}};
}

}  // namespace qsweep
