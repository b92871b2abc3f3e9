#pragma once

#include "qsweep/engine/sweep.hpp"
#include "qsweep/report/results.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

enum class ProgressStyle { Bar, Plain, None };

/// Shows on standard error how a sweep comes along: a line per finished trial, and below them, on a
/// terminal, a bar. Elsewhere nothing that repeats but a line a minute.
class Progress {
 public:
  /// `results` is read while the sweep adds to it.
  Progress(ProgressStyle style, const Results& results, size_t to_run);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void started(const std::string& trial);
  void stage(const std::string& trial, const TrialStage& stage);
  void finished(const Record& record);
  /// The trial is tried again.
  void attempt_failed(const Record& record);
  void limited(const MemoryLimit& limit);
  void stopping();
  void tick();

 private:
  using Clock = std::chrono::steady_clock;

  std::string name_of(const std::string& trial) const;
  std::string outcome_of(const Record& record) const;
  std::string bar_text() const;
  std::string state_text() const;
  void draw_bar();
  void wipe_bar();

  ProgressStyle style_;
  bool colored_;
  const Results& results_;
  size_t to_run_;
  size_t finished_ = 0;
  std::map<std::string, TrialStage> running_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_sign_ = Clock::now();
  bool drawn_ = false;
};

}  // namespace qsweep
