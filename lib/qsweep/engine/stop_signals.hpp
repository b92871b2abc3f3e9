#pragma once

#include <csignal>

namespace qsweep {

/// From now on HUP, USR1 and USR2 end this process at once with ExitCode::Stopped, INT and TERM as
/// ever; for what has nothing to finish. A HUP that is ignored, as `nohup` has it, stays so.
void stop_at_once_on_signals();

/// INT, TERM, HUP, USR1 and USR2 as something to poll: while this object lives they end nothing by
/// themselves. Not HUP where it is ignored. Child processes are started with nothing blocked.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  int file() const { return file_; }  // readable once a signal has come
  int take();                         // that signal; 0 if none has come

 private:
  sigset_t before_{};
  int file_ = -1;
};

}  // namespace qsweep
