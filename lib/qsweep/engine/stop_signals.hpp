#pragma once

#include <csignal>

namespace qsweep {

/// INT, TERM, HUP, USR1 and USR2 as something to poll: while this object lives they end nothing by
/// themselves. Child processes are started with the signals as they were.
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
