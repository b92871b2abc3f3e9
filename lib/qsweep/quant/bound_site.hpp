#pragma once

#include "qsweep/quant/binding.hpp"
#include "qsweep/quant/folded_norm.hpp"
#include "qsweep/quant/groups.hpp"

#include <torch/types.h>

#include <memory>
#include <optional>
#include <string>

namespace qsweep {

/// What a binding holds of one site that is quantized.
struct Binding::BoundSite {
  Site site;
  SiteShape shape;               // of what the quantizer sees
  std::optional<Groups> groups;  // of a weight, where each has a scale of its own
  std::string name;              // "layer1.0.conv1.output"
  std::string place;             // "the output of layer1.0.conv1"
  std::string rule;
  Json spec;
  const QuantizerTable* table;  // that the spec's quantizer is in
  std::unique_ptr<Calibrator> calibrator;
  std::unique_ptr<Quantizer> quantizer;
  int bits = 0;                    // of the quantizer as it is, which start_bits may raise
  std::optional<Range> range;      // as it was set last
  bool holds_range = false;        // of a weight: until training begins
  torch::Tensor latent;            // of a weight: the float one
  torch::Tensor evaluated;         // of a weight: its quantized values while an evaluation lasts
  std::optional<FoldedNorm> norm;  // of a batch norm's output, likewise
  int64_t calls = 0;               // since the evaluation, or the epoch of training, began
  LevelTally tally;

  BoundSite(const std::vector<Layer>& layers,
            const Site& own,
            const SiteGroup& group,
            const QuantizerTable& quantizers);

  bool is_weight() const { return site.kind == SiteKind::Weight; }
  int target_bits() const { return spec.value("bits", 1); }

  /// Makes the quantizer anew, with the range that was set last.
  void make(int new_bits);
  /// The same while it is trained: what it has learned goes along.
  void change_bits(int new_bits);
  void set_range(Range new_range);
  /// Sets the range from what is to be quantized. Throws NotFiniteError.
  void set_range_from(const torch::Tensor& x);
  RangeRequest range_request() const;

  /// Throws NotFiniteError if what was quantized was not finite.
  torch::Tensor finite_or_fail(Quantized result) const;

  /// What the quantizer sees of a weight, and the way back.
  torch::Tensor split(const torch::Tensor& weight) const;
  torch::Tensor join(const torch::Tensor& seen) const;

  NamedTensors state() const;
  void load_state(const NamedTensors& state);

 private:
  void cut(const Layer& layer);
  std::unique_ptr<Quantizer> made_for(const SiteShape& wanted) const;
};

}  // namespace qsweep
