#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/quant/range.hpp"
#include "qsweep/quant/range_request.hpp"

#include <torch/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// What an observer keeps of a site: named tensors that can be saved and shared by trials. Empty
/// where it saw nothing; NaN or infinity shows in one of them.
using Statistics = std::map<std::string, torch::Tensor>;

/// Gathers the statistics of one site while images pass.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void observe(const torch::Tensor& x) = 0;
  virtual Statistics statistics() const = 0;
};

/// Makes observers. Those of one name gather the same, and whoever reads it can share it.
struct ObserverKind {
  std::string name;          // "minmax", "histogram"
  bool per_channel = false;  // too large to be gathered at sites that nobody asks for
  /// `channel_axis` of the tensors to come.
  std::function<std::unique_ptr<Observer>(int64_t channel_axis)> make;
};

/// A way to find a range from what passed through a site. Has no state of its own.
class Calibrator {
 public:
  virtual ~Calibrator() = default;

  /// What has to be observed for ranges per channel, or for one over all channels.
  virtual ObserverKind observer(bool per_channel) const = 0;
  virtual Range range(const Statistics& statistics, const RangeRequest& request) const = 0;

  /// The range of a tensor that is there as a whole, as weights are. By default that of its
  /// statistics.
  virtual Range range_of(const torch::Tensor& x,
                         int64_t channel_axis,
                         const RangeRequest& request) const;
};

/// A line of the table of calibrators. `parameters` holds every one that `info` lists.
struct CalibratorEntry {
  Catalog::Calibrator info;
  std::unique_ptr<Calibrator> (*make)(const Json& parameters);
};

const std::vector<CalibratorEntry>& calibrators();

/// The calibrator of a site's `calibrate`: a name, or an object with `name` and parameters, which
/// the experiment file has been checked for. Parameters that are missing have their defaults.
std::unique_ptr<Calibrator> make_calibrator(const Json& calibrate);

}  // namespace qsweep
