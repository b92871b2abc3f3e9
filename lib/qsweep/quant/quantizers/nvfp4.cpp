// NVIDIA's NVFP4 (arXiv:2509.25149): elements e2m1 in blocks of 16; a block's scale is max|x| / 6
// over the tensor's scale s, rounded to e4m3; s = max|range| / (448 * 6) in float32, so that the
// largest block's is e4m3's largest. A block's scale is at least e4m3's smallest normal number,
// 2^-6, as torchao has it: a block of smaller values still has one. Gradient: straight through
// within the range, else 0.

#include "qsweep/quant/block_quantizer.hpp"
#include "qsweep/quant/channel_scales.hpp"

#include <torch/types.h>

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace qsweep {
namespace {

using torch::Tensor;

class Nvfp4 : public BlockQuantizer {
 public:
  Nvfp4(const BlockShape& block, const SiteShape& shape)
      : BlockQuantizer({*float_format("e2m1"), FloatLevels::Ties::Even}, block, shape),
        block_scales_(*float_format("e4m3"), FloatLevels::Ties::Even) {}

  RangeUse range_use() const override { return RangeUse::Follows; }
  bool zero_width() const override { return largest_ == 0; }

  void set_range(const Range& range) override {
    largest_ = largest_magnitudes(range.min, range.max).front();
    const auto whole = static_cast<float>(block_scales_.max() * levels().max());
    // Not so small that its product with a block's scale has no reciprocal.
    tensor_scale_ = std::max(largest_ / whole, std::numeric_limits<float>::min() / kMinBlockScale);
  }

  std::string range_text() const override {
    return fmt::format("[{:.6g}, {:.6g}]", -largest_, largest_);
  }

 protected:
  kernels::BlockFormat format() const override {
    kernels::BlockFormat format;
    format.elements = levels().rounding();
    format.float_scale = true;
    format.scale = block_scales_.rounding();
    format.min_scale = kMinBlockScale;
    format.tensor_scale = tensor_scale_;
    format.to_scale = 1.0F / (format.elements.max * tensor_scale_);
    return format;
  }

  Tensor scales_of(const Tensor& largest) const override {
    const auto own = static_cast<double>(tensor_scale_);
    const Tensor wanted = largest / levels().max() / own;
    return block_scales_.rounded(wanted).clamp_min(kMinBlockScale) * own;
  }

  float limit() const override { return largest_; }

 private:
  static constexpr float kMinBlockScale = 1.0F / 64;

  FloatLevels block_scales_;
  float largest_ = 0;
  float tensor_scale_ = 1;
};

std::unique_ptr<Quantizer> make_nvfp4(const Json& spec, const SiteShape& shape) {
  return std::make_unique<Nvfp4>(block_shape_of(spec), shape);
}

}  // namespace

QuantizerEntry nvfp4_entry() {
  Catalog::Quantizer info;
  info.name = "nvfp4";
  info.about = "blocks of 16 e2m1 with e4m3 scales, and a scale of the tensor";
  info.paper = "NVIDIA 2025, arXiv:2509.25149";
  info.fixed_bits = 4;
  info.scales = block_spread();
  info.scale_bytes = 1;
  info.tensor_bytes = 4;
  info.parameters = block_parameters(16, 16, 16);
  return {std::move(info), make_nvfp4};
}

}  // namespace qsweep
