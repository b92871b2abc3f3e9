#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/config/experiment.hpp"
#include "qsweep/core/json.hpp"
#include "qsweep/model/model.hpp"
#include "qsweep/quant/calibrator.hpp"
#include "qsweep/quant/level_tally.hpp"

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

class FoldedNorm;

/// What a quantizer finds out about one tensor while it quantizes it.
struct Quantized {
  torch::Tensor values;
  bool finite = true;  // of the input; only what runs on the CPU is checked
};

/// What is going on while tensors pass: what stochastic rounding and schedules of gradients follow.
struct Phase {
  bool training = false;
  int epoch = 1;  // of the training, from 1
  int epochs = 1;
  uint64_t seed = 0;   // of this site in this epoch
  int64_t passed = 0;  // tensors in this epoch so far; above 0 where a training goes on
};

/// Evenly spaced levels as integers: level i, as codes() counts, is the integer first + distance i,
/// and its value integer * scale (+ offset), in float32. Tensors spread over what was quantized.
struct IntegerLevels {
  torch::Tensor scale;   // float
  torch::Tensor first;   // int64
  int64_t distance = 1;  // of the integers of neighbours
  torch::Tensor offset;  // float; undefined: none
};

/// One site's quantizer: a map from floats to few floats. It owns its range and what it learns.
class Quantizer {
 public:
  virtual ~Quantizer() = default;

  /// How its range follows from what passes: not at all; from the calibration, and that of a weight
  /// at every change of it; or once, as the first value of what it learns.
  enum class RangeUse { None, Follows, Starts };
  virtual RangeUse range_use() const { return RangeUse::None; }
  bool needs_range() const { return range_use() != RangeUse::None; }
  /// Is the range one per channel?
  virtual bool per_channel() const { return false; }
  virtual void set_range(const Range& /*range*/) {}
  /// Was the range of zero width somewhere?
  virtual bool zero_width() const { return false; }

  virtual void begin(const Phase& /*phase*/) {}

  /// The quantized values; differentiable where gradients are recorded. A tensor that nobody else
  /// holds may be overwritten where they are not.
  virtual Quantized quantize(torch::Tensor x) = 0;

  /// The same of relu(x), in one pass over x; only where `absorbs_relu`.
  virtual bool absorbs_relu() const { return false; }
  virtual Quantized quantize_relu(torch::Tensor x);
  /// The same of a + b, where no gradient is recorded.
  virtual bool absorbs_add() const { return false; }
  virtual Quantized quantize_sum(torch::Tensor a, torch::Tensor b);

  /// The same of what a batch norm makes of x, where no gradient is recorded.
  virtual Quantized quantize_norm(const torch::Tensor& x, const FoldedNorm& norm);

  /// What it learns: leaves with gradients, by name ("step"). Moving to a device keeps the leaf.
  virtual NamedTensors parameters() const { return {}; }
  /// Goes on with what the same quantizer of other bits has learned.
  virtual void take_over(const Quantizer& earlier);
  /// After a step of the optimizer: brings what it learns, and the float weight that it quantizes,
  /// back to where they make sense.
  virtual void after_step(torch::Tensor& /*latent*/) {}

  /// The most values that one scale may show, at most 2^bits.
  virtual int64_t most_levels() const = 0;
  /// Of quantized values, which of the levels of its scale each is: int64, from 0, the lowest, to
  /// most_levels() - 1. Anything else for a value that is none of them.
  virtual torch::Tensor codes(const torch::Tensor& values) const = 0;
  /// The levels of these quantized values as integers. Nothing where they are not evenly spaced.
  virtual std::optional<IntegerLevels> integer_levels(const torch::Tensor& /*values*/) const {
    return std::nullopt;
  }
  /// Adds what quantizing x to `values` showed. Counts codes(); faster where a kernel does it.
  virtual void tally(const torch::Tensor& x, const torch::Tensor& values, LevelTally& tally) const;

  /// The range as people read it, for layers.csv: "[-1.5, 1.5]"; empty without one.
  virtual std::string range_text() const = 0;
};

/// What a quantizer is made for.
struct SiteShape {
  int64_t channel_axis = 1;  // of the tensors that it will see
  int64_t channels = 1;
  SiteKind kind = SiteKind::Output;
};

/// A line of the table of quantizers. `spec` is complete: every parameter that `info` lists,
/// `bits`, and `quantizer`.
struct QuantizerEntry {
  Catalog::Quantizer info;
  std::unique_ptr<Quantizer> (*make)(const Json& spec, const SiteShape& shape);
};

const std::vector<QuantizerEntry>& quantizers();

/// The table's line that a spec names.
const QuantizerEntry& quantizer_entry(const Json& spec);

/// Parameters that `spec` leaves out have their defaults for that kind of site.
std::unique_ptr<Quantizer> make_quantizer(const Json& spec, const SiteShape& shape);

/// The numbers of a float tensor of any shape, in its logical order.
std::vector<float> numbers_of(const torch::Tensor& tensor);

}  // namespace qsweep
