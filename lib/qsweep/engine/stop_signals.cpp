#include "qsweep/engine/stop_signals.hpp"

#include "qsweep/core/error.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

namespace qsweep {
namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void stop_at_once(int /*signal*/) {
  ::_exit(static_cast<int>(ExitCode::Stopped));
}

}  // namespace

void stop_at_once_on_signals() {
  for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2}) {
    if (signal != SIGHUP || !is_ignored(signal)) {
      ::signal(signal, stop_at_once);
    }
  }
}

StopSignals::StopSignals() {
  sigset_t stopping;
  ::sigemptyset(&stopping);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
    ::sigaddset(&stopping, signal);
  }
  if (!is_ignored(SIGHUP)) {
    ::sigaddset(&stopping, SIGHUP);
  }
  ::sigprocmask(SIG_BLOCK, &stopping, &before_);
  file_ = ::signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK);
  if (file_ < 0) {
    throw IoError("signals cannot be waited for: " + system_reason());
  }
}

StopSignals::~StopSignals() {
  ::close(file_);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int StopSignals::take() {
  signalfd_siginfo info{};
  return ::read(file_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace qsweep
