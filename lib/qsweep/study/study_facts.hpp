#pragma once

#include "qsweep/plan/facts.hpp"
#include "qsweep/trial/workbench.hpp"

#include <vector>

namespace qsweep {

/// What a plan asks for, found out in this process.
class StudyFacts : public FactSource {
 public:
  /// The workbench's models and data; it outlives this.
  explicit StudyFacts(Workbench& bench) : bench_(bench) {}

  DataFacts data(const Settings& settings, const SettingPlaces& place_of) override;
  ModelFacts model(const ModelChoice& choice, const Settings& settings) override;
  std::vector<std::vector<int>> corrected_layers(const CorrectionQuestion& question) override;

 private:
  Workbench& bench_;
};

}  // namespace qsweep
