#pragma once

#include "qsweep/config/catalog.hpp"

#include <torch/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// The values that a quantizer should cover: float tensors of one number, or of one per channel.
struct Range {
  torch::Tensor min;
  torch::Tensor max;
};

/// What a calibrator keeps of a site: small named tensors that can be saved and shared by trials.
using Statistics = std::map<std::string, torch::Tensor>;

/// Gathers the statistics of one site while images pass.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void observe(const torch::Tensor& x) = 0;
  virtual Statistics statistics() const = 0;
};

/// A way to find a range from what passed through a site. Has no state of its own.
class Calibrator {
 public:
  virtual ~Calibrator() = default;
  /// `channel_axis` of the tensors to come; statistics are per channel.
  virtual std::unique_ptr<Observer> observer(int64_t channel_axis) const = 0;
  /// `per_channel`: a range per channel, else one over all of them.
  virtual Range range(const Statistics& statistics, bool per_channel) const = 0;
};

/// A line of the table of calibrators.
struct CalibratorEntry {
  Catalog::Calibrator info;
  std::unique_ptr<Calibrator> (*make)();
};

const std::vector<CalibratorEntry>& calibrators();

/// The calibrator of that name, which the experiment file has been checked for.
std::unique_ptr<Calibrator> make_calibrator(const std::string& name);

}  // namespace qsweep
