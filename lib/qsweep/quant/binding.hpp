#pragma once

#include "qsweep/model/site_hook.hpp"
#include "qsweep/plan/layer.hpp"
#include "qsweep/plan/trial.hpp"
#include "qsweep/quant/calibration.hpp"
#include "qsweep/quant/quantizer_table.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// What one site got, and what it showed in the last evaluation: a line of layers.csv.
struct SiteReport {
  Site site;
  std::string quantizer;
  int bits = 32;
  std::string rule;
  std::string range;
  std::string learned;  // "step=0.125", or of several "step=0.1..0.2"
  LevelTally tally;     // of a tenth of the batches, or of the whole weight
  std::string note;
};

/// Where a training is: what schedules of quantizers follow.
struct TrainingProgress {
  int epoch = 1;  // from 1
  int epochs = 1;
  int start_bits = 0;  // bits fall from these in the first epoch to the target in the last; 0: no
  uint64_t seed = 0;
  bool goes_on = false;  // within the epoch, from a state that load_state() brought back
};

/// A policy bound to a model: the quantizers of all sites, their ranges, and what they have seen.
/// Everything that changes during a trial apart from the float parameters is in here.
class Binding : public SiteHook {
 public:
  /// The table outlives it.
  Binding(const std::vector<Layer>& layers,
          const std::vector<SiteGroup>& groups,
          const QuantizerTable& table = quantizers());
  ~Binding() override;

  /// What the sites of that kind need to be observed for their ranges.
  std::vector<Observation> observations_for(SiteKind kind) const;
  /// Sets the ranges of the sites of an observation from what it showed.
  void set_ranges(const Observation& observation, const SiteStatistics& statistics);
  /// Every range is to be set anew, and with it what quantizers learn.
  void forget_ranges();
  /// From here to the next call of this, inputs and outputs take their ranges anew, each from the
  /// first tensor that it is given.
  void calibrate_on_first_tensor(bool on);
  /// Sets the range of a weight's quantizer by these values, and keeps it, whatever the weight
  /// becomes, until training begins. Only of a quantized weight whose quantizer has a range.
  Quantizer& hold_range(int site, const torch::Tensor& weight);

  /// Weights stay as they are: each is quantized once. Every site is checked in every tenth batch.
  void begin_evaluation();
  /// Weights change: each is quantized at every call, with a range of its own values. To be called
  /// before each epoch; what quantizers learn may be other tensors after it.
  void begin_training(const TrainingProgress& progress);
  /// Throws TrialError if a quantized site was not reached since the evaluation began.
  void end_evaluation() const;

  /// What the quantizers learn: leaves with gradients, "layer1.0.relu.output.step".
  NamedTensors parameters() const;
  /// After each step of the optimizer: keeps what is learned, and the weights of quantizers that
  /// ask for it, where they make sense.
  void after_step();
  /// Have all sites come down to the bits of their policy (start_bits)?
  bool at_target_bits() const;

  /// The one place where quantization happens. Throws TrialError if the tensor shows NaN or
  /// infinity, or the quantized one values that its bits do not allow.
  torch::Tensor apply(int site, torch::Tensor x) override;
  bool absorbs_relu(int site) const override;
  torch::Tensor apply_to_relu(int site, torch::Tensor x) override;
  bool absorbs_add(int site) const override;
  torch::Tensor apply_to_sum(int site, torch::Tensor a, torch::Tensor b) override;
  bool absorbs_batch_norm(int site) const override;
  torch::Tensor apply_to_batch_norm(int site, torch::Tensor x, const LayerTensors& norm) override;

  std::vector<SiteReport> reports() const;

  /// A weight as evaluation quantizes it.
  struct QuantizedWeight {
    int site = 0;
    torch::Tensor values;
    torch::Tensor codes;                  // int64, as Quantizer::codes(), of the weight's shape
    std::optional<IntegerLevels> levels;  // of `codes`; nothing where they are not evenly spaced
    std::string quantizer;
  };
  /// `weight` is the float one of that site, which must have a quantizer.
  QuantizedWeight quantized_weight(int site, const torch::Tensor& weight);
  bool quantizes(int site) const { return sites_[static_cast<size_t>(site)] != nullptr; }

  /// What changes during a trial, for load_state() of a binding of the same policy and layers: per
  /// site its bits, its range, what it learns, how many tensors have passed. Learned tensors are
  /// the binding's own.
  NamedTensors state() const;
  /// What quantizers learn may be other tensors after it. Throws TrialError if it does not fit.
  void load_state(const NamedTensors& state);

 private:
  struct BoundSite;
  torch::Tensor apply_weight(BoundSite& bound, const torch::Tensor& weight);
  torch::Tensor quantize(BoundSite& bound, torch::Tensor x);
  bool is_checked(const BoundSite& bound) const;

  std::vector<Layer> layers_;
  std::vector<std::unique_ptr<BoundSite>> sites_;  // null where nothing is quantized
  bool training_ = false;
  bool calibrating_ = false;
};

}  // namespace qsweep
