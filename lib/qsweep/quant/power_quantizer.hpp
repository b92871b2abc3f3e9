#pragma once

#include "qsweep/quant/channel_scales.hpp"
#include "qsweep/quant/kernels/power_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <vector>

namespace qsweep {

/// Which powers of two a tensor is rounded to: so many from the scale downwards, and zero.
struct PowerLevels {
  int powers = 1;
  bool has_sign = true;    // and their negatives; else negative numbers become zero
  double threshold = 1.5;  // times 2^k: what is at least this becomes 2^(k + 1)
  double nonzero = 0.5;    // times the lowest power: what is less becomes zero
};

/// What quantizers to zero and powers of two have in common. The scale is the largest value. Its
/// gradient: straight through where |x| rounds to at most the largest value, else 0, and without
/// sign 0 also where x <= 0.
class PowerQuantizer : public Quantizer {
 public:
  PowerQuantizer(const PowerLevels& levels, bool per_channel, const SiteShape& shape);

  RangeUse range_use() const override { return RangeUse::Follows; }
  bool per_channel() const override { return per_channel_; }
  bool zero_width() const override { return zero_width_; }
  void set_range(const Range& range) override;

  Quantized quantize(torch::Tensor x) override;
  /// Without sign it is a ReLU already.
  bool absorbs_relu() const override { return !levels_.has_sign; }
  Quantized quantize_relu(torch::Tensor x) override;

  int64_t most_levels() const override;
  torch::Tensor codes(const torch::Tensor& values) const override;
  void tally(const torch::Tensor& x, const torch::Tensor& values, LevelTally& tally) const override;
  std::string range_text() const override;

 protected:
  /// The largest value, from the largest magnitude, which is above 0.
  virtual float scale_of(float largest) const = 0;

 private:
  torch::Tensor with_aten(const torch::Tensor& x) const;

  PowerLevels levels_;
  kernels::PowerRounding rounding_;
  int64_t axis_;
  bool per_channel_;
  ChannelScales scales_;
  bool zero_width_ = false;
};

/// The codes that the `bits` of a spec leave for magnitudes, zero among them: one of the bits is
/// the sign, but with `signed: false`, which throws TrialError for a weight.
int magnitude_codes(const Json& spec, const SiteShape& shape);

/// x rounded to a power of two: what is at least threshold * 2^k becomes 2^(k + 1). `x` is above 0.
float power_of_two_near(float x, double threshold);

}  // namespace qsweep
