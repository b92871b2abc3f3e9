#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/core/json.hpp"
#include "qsweep/quant/calibrator.hpp"

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// What a quantizer finds out about one tensor while it quantizes it.
struct Quantized {
  torch::Tensor values;
  bool finite = true;  // of the input; only what runs on the CPU is checked
};

/// One site's quantizer: a map from floats to few floats. It owns its range.
class Quantizer {
 public:
  virtual ~Quantizer() = default;

  /// Is there a range to be set before the first call?
  virtual bool needs_range() const = 0;
  virtual bool per_channel() const = 0;
  virtual void set_range(const Range& range) = 0;

  /// The quantized values; differentiable where gradients are recorded. A tensor that nobody else
  /// holds may be overwritten where they are not.
  virtual Quantized quantize(torch::Tensor x) const = 0;

  /// The most values that one scale may show, 2^bits.
  virtual int64_t most_levels() const = 0;
  /// The integer codes of quantized values, one scale at a time; for counting levels.
  virtual torch::Tensor codes(const torch::Tensor& values) const = 0;

  /// Numbers of 4 bytes that are stored beside the codes.
  virtual int64_t stored_numbers() const = 0;
  /// The range as people read it, for layers.csv: "[-1.5, 1.5]"; empty without one.
  virtual std::string range_text() const = 0;
  /// Was the range of zero width somewhere?
  virtual bool zero_width() const = 0;
};

/// What a quantizer is made for.
struct SiteShape {
  int64_t channel_axis = 1;  // of the tensors that it will see
  int64_t channels = 1;
};

/// A line of the table of quantizers. `spec` is complete: every parameter that `info` lists, `bits`
/// where it has them, and `quantizer`.
struct QuantizerEntry {
  Catalog::Quantizer info;
  std::unique_ptr<Quantizer> (*make)(const Json& spec, const SiteShape& shape);
};

const std::vector<QuantizerEntry>& quantizers();

std::unique_ptr<Quantizer> make_quantizer(const Json& spec, const SiteShape& shape);

}  // namespace qsweep
