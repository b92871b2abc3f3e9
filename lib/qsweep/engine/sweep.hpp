#pragma once

#include "qsweep/engine/stop_signals.hpp"
#include "qsweep/engine/sweep_worker.hpp"
#include "qsweep/engine/trial_queue.hpp"
#include "qsweep/engine/worker_memory.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace qsweep {

/// Where trials run, and for how long.
struct SweepOptions {
  std::string program;  // the worker's
  std::string run_directory;
  std::string cache_directory;
  std::string writer_prefix;  // of the names of this sweep's journals; "" where no other sweep runs
  int workers = 1;
  int threads = 1;                          // of each
  std::vector<std::string> devices{"cpu"};  // workers take them in turn
  std::string keep = "none";                // best | last: the epoch whose weights trials leave
  std::chrono::milliseconds timeout{0};     // that a trial may take; 0: any time
  int64_t memory = 0;                       // bytes for all workers; 0: not known
  WorkerMemory worker_memory;               // of each
  // By trial: how often its evaluation is timed, for gates on timings; 0 for others.
  std::unordered_map<std::string, int> repeats;
  int retries = 0;                      // of a trial whose failure may be bad luck
  std::chrono::milliseconds budget{0};  // no trial starts after it; 0: no such limit
  // By trial: the failure of a float trial that is none of this sweep's, so that it never starts.
  std::unordered_map<std::string, Record> failed_floats;
};

/// Fewer workers than asked for, since no more of them have room.
struct MemoryLimit {
  int workers = 0;
  int64_t worker_memory = 0;  // bytes of each
  bool is_seen = false;       // did one take so much? Else it is expected.
  int64_t memory = 0;         // bytes for all
};

/// Told what happens in a sweep.
class SweepObserver {
 public:
  virtual ~SweepObserver() = default;
  virtual void started(const std::string& trial) = 0;
  virtual void stage(const std::string& trial, const TrialStage& stage) = 0;
  /// Its record is in the journal.
  virtual void finished(const JournalEntry& entry) = 0;
  /// The same of a failure after which the trial is tried again.
  virtual void attempt_failed(const JournalEntry& entry) = 0;
  /// Once for each number of workers.
  virtual void limited(const MemoryLimit& limit) = 0;
  /// A signal came: nothing starts any more, what runs is finished or keeps a checkpoint.
  virtual void stopping(int signal) = 0;
  /// Several times a second.
  virtual void tick() = 0;
};

/// How a sweep ended.
struct SweepEnd {
  int signal = 0;                // that stopped it; 0: all trials ended
  bool at_once = false;          // a second one came
  bool is_budget_spent = false;  // before all trials had started
};

/// Runs trials on this machine. A worker that dies, or is ended since its trial takes too long,
/// fails this attempt at its trial and is replaced; what may have been bad luck is tried again, for
/// so often as options say, behind what else can start. No more workers are started than have room.
/// On a signal the workers are asked to stop: what is training keeps a checkpoint, the rest is
/// finished; what takes too long for that is ended. It stays pending. Throws WriteError if a worker
/// could not write, ConfigError or IoError if workers cannot start.
SweepEnd run_sweep(const SweepOptions& options,
                   TrialQueue queue,
                   SweepObserver& observer,
                   StopSignals& signals);

}  // namespace qsweep
