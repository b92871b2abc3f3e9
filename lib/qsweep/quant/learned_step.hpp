#pragma once

#include "qsweep/quant/kernels/learned_step_kernel.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace qsweep {

/// The least value of a learned step or clipping range, float32's epsilon: optimizers may leave it
/// at or below zero, after_step() raises it to this.
constexpr float kLeastScale = 1.1920929e-07F;

/// A uniform grid whose step, and perhaps offset, are learned: round(clip((x - offset) / step, low,
/// high)) * step + offset, per tensor or per channel. Learns "step" and "offset". LSQ and LSQ+ are
/// such grids; they differ in their codes and in the first values.
class LearnedStepQuantizer : public Quantizer {
 public:
  struct Codes {
    int64_t low;
    int64_t high;
  };

  /// Of the spec it reads `granularity` and `gradient_scale`.
  LearnedStepQuantizer(const Json& spec, const SiteShape& shape, Codes codes, bool learns_offset);

  RangeUse range_use() const override { return RangeUse::Starts; }
  bool per_channel() const override { return per_channel_; }
  void set_range(const Range& range) override;
  bool zero_width() const override { return zero_width_; }

  Quantized quantize(torch::Tensor x) override;
  bool absorbs_relu() const override { return true; }
  Quantized quantize_relu(torch::Tensor x) override;

  NamedTensors parameters() const override;
  /// The highest level stays where it is.
  void take_over(const Quantizer& earlier) override;
  void after_step(torch::Tensor& latent) override;

  int64_t most_levels() const override { return codes_.high - codes_.low + 1; }
  torch::Tensor codes(const torch::Tensor& values) const override;
  std::optional<IntegerLevels> integer_levels(const torch::Tensor& values) const override;
  void tally(const torch::Tensor& x, const torch::Tensor& values, LevelTally& tally) const override;
  std::string range_text() const override;

 protected:
  struct Start {
    torch::Tensor step;
    torch::Tensor offset;  // undefined where none is learned
  };
  /// The first values, from the ends of the range.
  virtual Start start(const torch::Tensor& min, const torch::Tensor& max) const = 0;

  Codes grid_codes() const { return codes_; }

 private:
  void read_learned();
  Quantized by_kernel(torch::Tensor x, float floor);
  torch::Tensor with_aten(const torch::Tensor& x) const;
  double gradient_scale_of(const torch::Tensor& x) const;

  SiteShape shape_;
  bool per_channel_;
  bool scales_gradient_;
  Codes codes_;
  bool learns_offset_;
  torch::Tensor step_;    // [scales]
  torch::Tensor offset_;  // [scales], or undefined
  bool zero_width_ = false;
  // As the kernels read them, made anew when the tensors have changed.
  std::shared_ptr<const std::vector<kernels::LearnedStep>> grids_;
  std::shared_ptr<const kernels::LearnedStepRow> row_;
};

}  // namespace qsweep
