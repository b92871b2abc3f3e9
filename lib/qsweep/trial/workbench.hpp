#pragma once

#include "qsweep/data/dataset.hpp"
#include "qsweep/plan/trial.hpp"
#include "qsweep/tables/tables.hpp"
#include "qsweep/trial/file_checkpoints.hpp"
#include "qsweep/trial/stage_store.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace qsweep {

/// Where a worker's trials run, and what they share: a device, the run's and the user's kept
/// stages, and the data sets that are open.
class Workbench {
 public:
  struct Options {
    std::string run_directory;
    std::string cache_directory;
    int threads = 1;
    torch::Device device = torch::kCPU;
    std::string keep = "none";  // best | last: the epoch whose weights trials leave
    WorkerSignals signals{};
  };
  Workbench(Tables tables, Options options);

  const Options& options() const { return options_; }
  const Tables& tables() const { return tables_; }
  StageStore& run_stages() { return run_stages_; }    // calibration, float logits
  StageStore& kept_stages() { return kept_stages_; }  // pretrained weights, for all runs
  const StageStore& kept_stages() const { return kept_stages_; }
  /// How long trials have waited for stages of others.
  std::chrono::duration<double> waited() const {
    return run_stages_.waited() + kept_stages_.waited();
  }

  /// Opened at the first call.
  const Dataset& dataset(const Settings& settings);

  /// What else results depend on: sums are ordered by threads, device and what computes them.
  Json platform() const;

 private:
  Tables tables_;
  Options options_;
  StageStore run_stages_;
  StageStore kept_stages_;
  std::map<std::string, Dataset> datasets_;  // by their settings
};

}  // namespace qsweep
