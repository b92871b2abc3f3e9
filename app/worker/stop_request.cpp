#include "stop_request.hpp"

#include <csignal>
#include <cstdlib>

namespace qsweep {
namespace {

volatile std::sig_atomic_t requested = 0;  // the signal; a handler reaches nothing else

void remember(int signal) {
  requested = signal;
}

}  // namespace

void await_stop_requests() {
  struct sigaction action {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;  // whoever asks closes the worker's input too
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
    ::sigaction(signal, &action, nullptr);
  }
}

bool stop_requested() {
  return requested != 0;
}

void end_by_signal() {
  const int signal = requested;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
  std::abort();
}

}  // namespace qsweep
