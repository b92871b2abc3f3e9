#pragma once

#include "qsweep/engine/child_process.hpp"
#include "qsweep/engine/line_buffer.hpp"
#include "qsweep/journal/journal.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// Where a trial is: "finetune", epoch 2 of 3.
struct TrialStage {
  std::string name;
  int epoch = 0;  // 0: the stage has none
  int epochs = 0;
};

/// How a worker is started.
struct WorkerCommand {
  std::string program;
  std::string run_directory;
  std::string cache_directory;
  std::string name;  // of its journal: "w1"
  std::string device = "cpu";
  int threads = 1;
  std::string keep = "none";

  std::vector<std::string> arguments() const;
};

/// One worker process and the trial that it is at.
class SweepWorker {
 public:
  using OnStage = std::function<void(const std::string& trial, const TrialStage& stage)>;

  explicit SweepWorker(WorkerCommand command);

  bool is_idle() const { return trial_.empty(); }
  const std::string& trial() const { return trial_; }
  bool has_started() const { return started_; }
  /// How long it has been at its trial; its own start counts, waiting for another trial does not.
  std::chrono::steady_clock::duration time_at_trial() const;
  int output() const { return process_.output(); }
  /// -1 once it has closed them.
  int errors() const { return errors_open_ ? process_.errors() : -1; }

  /// `repeats`: how often its evaluation is timed.
  void run(const std::string& trial, int repeats);
  /// Reads what the worker told. The record of the trial, once it has finished; is_open() is false
  /// once the worker has ended.
  std::optional<JournalEntry> read_output(const OnStage& on_stage);
  /// Keeps what the worker said on its standard error, in its trial's log.
  void read_errors();
  bool is_open() const { return open_; }

  /// After the end of its output: how it ended.
  ProcessEnd wait();
  /// The record that the trial has all the same, if the worker ended right after writing it.
  std::optional<JournalEntry> last_record();
  const std::string& last_words() const { return last_words_; }

  /// Ends the worker, since its trial takes too long. It gets no trial any more.
  void time_out();
  bool is_timed_out() const { return timed_out_; }

  void finish() { process_.close_input(); }
  void kill(int signal) const { process_.kill(signal); }

 private:
  bool take_event(const std::string& line, const OnStage& on_stage);
  void log(const std::string& line);

  WorkerCommand command_;
  JournalReader journal_;
  ChildProcess process_;
  LineBuffer output_lines_;
  LineBuffer error_lines_;
  std::string trial_;
  std::chrono::steady_clock::time_point sent_;  // the trial, to the worker
  std::chrono::steady_clock::duration waited_{0};
  std::optional<std::chrono::steady_clock::time_point> waits_since_;
  bool started_ = false;
  bool timed_out_ = false;
  bool open_ = true;
  bool errors_open_ = true;
  std::string last_words_;
};

}  // namespace qsweep
