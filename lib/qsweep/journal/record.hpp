#pragma once

#include "qsweep/core/json.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// What evaluating a model gave.
struct Evaluation {
  int64_t images = 0;
  double top1 = 0;  // percent
  double top5 = 0;  // percent
  double loss = 0;
};

/// The result of one trial. Numbers that do not apply are absent.
///
/// A failure is of one of these kinds:
///   nan      NaN or infinity where numbers are needed
///   io       data or weights are gone, or are not what they were
///   memory   the machine or the device has not enough of it
///   timeout  the trial took longer than it may
///   signal   the worker was killed
///   lost     the worker ended without a result
///   error    anything else that keeps the trial from a result
struct Record {
  std::string trial;
  bool failed = false;
  bool started = true;              // false: never, since its float trial failed
  std::string error_kind;           // see above; empty without a failure
  std::string error;                // one line, without paths, hosts and times
  std::string error_text;           // all there is to say, for who runs it; may name files
  std::optional<Evaluation> ptq;    // quantized and calibrated, before fine-tuning
  std::optional<Evaluation> final;  // after the last epoch; equal to ptq without fine-tuning
  std::optional<double> top1_best;
  std::optional<double> sqnr_db;  // infinite is written as "inf"
  // From the per-image bits against the float trial's: for `delta` and its interval.
  int64_t images_won = 0;                 // wrong in float, right here
  int64_t images_lost = 0;                // right in float, wrong here
  std::map<std::string, double> seconds;  // per stage
  double images_per_second = 0;           // of the first evaluation, or the median of `repeats`
  int repeats = 0;                        // evaluations that were run for their time alone
  int64_t peak_memory = 0;                // bytes, the most that the worker had at a time
  int64_t shared_memory = 0;              // bytes of it in files that processes share
  std::string host;

  double total_seconds() const;
};

/// Is it a failure that another attempt may not have: a crash, a kill, memory, time?
bool may_be_bad_luck(const Record& record);

void to_json(Json& json, const Evaluation& evaluation);
void from_json(const Json& json, Evaluation& evaluation);
void to_json(Json& json, const Record& record);
void from_json(const Json& json, Record& record);

}  // namespace qsweep
