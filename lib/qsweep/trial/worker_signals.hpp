#pragma once

#include <exception>
#include <functional>
#include <string>

namespace qsweep {

/// A trial was asked to stop, and did before its end; `what()` is how it goes on. Not an Error.
class TrialStopped : public std::exception {
 public:
  explicit TrialStopped(const char* goes_on) : goes_on_(goes_on) {}
  const char* what() const noexcept override { return goes_on_; }

 private:
  const char* goes_on_;
};

/// What a worker says and hears while a trial runs.
struct WorkerSignals {
  std::function<bool()> stop_requested = [] { return false; };
  std::function<void(const std::string& line)> log = [](const std::string&) {};
  /// Another trial computes what this one needs; and no longer.
  std::function<void(bool waits)> wait = [](bool) {};
};

}  // namespace qsweep
