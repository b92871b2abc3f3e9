#pragma once

#include "qsweep/report/baselines.hpp"
#include "qsweep/report/results.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace qsweep {

/// How much a row is worse than what a gate compares it with, in the metric's own unit, of a timing
/// in percent. Of the loss, more is worse.
struct Drop {
  double amount = 0;
  bool is_elsewhere = false;        // a timing, and the two were taken on different hosts
  bool is_of_other_images = false;  // the two evaluated different numbers of images
};

/// What a gate compares its rows with.
class GateReference {
 public:
  virtual ~GateReference() = default;
  /// Nothing where there is nothing to compare. Timings compare where both were taken at least as
  /// often as the gate says.
  virtual std::optional<Drop> drop(uint32_t row, const FrozenGate& gate) const = 0;
};

/// The references of all gates of a run, each made once.
class GateReferences {
 public:
  GateReferences(const Results& results, const Baselines& baselines);

  /// Null where the baseline is not there.
  const GateReference* find(const FrozenGate& gate);

 private:
  using Key = std::pair<std::string, bool>;  // `vs`; is it about timings?

  const Results& results_;
  const Baselines& baselines_;
  std::map<Key, std::unique_ptr<GateReference>> found_;
};

}  // namespace qsweep
