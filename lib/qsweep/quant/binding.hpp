#pragma once

#include "qsweep/model/site_hook.hpp"
#include "qsweep/plan/layer.hpp"
#include "qsweep/plan/trial.hpp"
#include "qsweep/quant/calibration.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// What one site got, and what it showed: a line of layers.csv.
struct SiteReport {
  Site site;
  std::string quantizer;
  int bits = 32;
  std::string rule;
  std::string range;
  int64_t levels = 0;  // distinct codes per scale, counted on one image, or on the whole weight
  std::string note;
};

/// A policy bound to a model: the quantizers of all sites, their ranges, and what they have seen.
/// Everything that changes during a trial apart from the parameters is in here.
class Binding : public SiteHook {
 public:
  Binding(const std::vector<Layer>& layers, const std::vector<SiteGroup>& groups);
  ~Binding() override;

  /// The calibration methods whose statistics the sites of that kind need.
  std::vector<std::string> methods_for(SiteKind kind) const;
  /// Sets the ranges of the sites of that kind that use that method.
  void set_ranges(SiteKind kind, const std::string& method, const SiteStatistics& statistics);
  /// From here to the next call of this, a site whose range is not set takes it from the first
  /// tensor that it is given.
  void calibrate_on_first_tensor(bool on) { calibrating_ = on; }

  /// Weights stay as they are: each is quantized once, and levels are counted on the first tensor
  /// of each site.
  void begin_evaluation();
  /// Weights change: each is quantized at every call, with a range of its own values.
  void begin_training();
  /// Throws TrialError if a quantized site was not reached since the evaluation began.
  void end_evaluation() const;

  /// The one place where quantization happens. Throws TrialError if the tensor shows NaN or
  /// infinity, or the quantized one more levels than its bits allow.
  torch::Tensor apply(int site, torch::Tensor x) override;

  std::vector<SiteReport> reports() const;

 private:
  struct BoundSite;
  torch::Tensor apply_weight(BoundSite& bound, const torch::Tensor& weight);
  torch::Tensor quantize(BoundSite& bound, torch::Tensor x);
  void set_range_from(BoundSite& bound, const torch::Tensor& x);
  void count_levels(BoundSite& bound, const torch::Tensor& values);

  std::vector<Layer> layers_;
  std::vector<std::unique_ptr<BoundSite>> sites_;  // null where nothing is quantized
  bool training_ = false;
  bool calibrating_ = false;
};

}  // namespace qsweep
