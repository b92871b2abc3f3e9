#pragma once

#include <stdexcept>
#include <string>

namespace qsweep {

/// What the process tells its caller; see docs/command-line.md.
enum class ExitCode {
  Ok = 0,
  TrialFailed = 1,
  Usage = 2,
  GateFailed = 3,
  NothingToDo = 4,
  Defect = 5,
  CannotWrite = 74,
  Stopped = 75,
  Interrupted = 130,
  Terminated = 143,
};

/// Something that a person can mend; `what()` is the whole message, without "error: ".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The experiment file or the command line is wrong. `what()` starts with the place, where there is
/// one: "file:line:column: error: message", the line, and a caret below it.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A file cannot be read, or is not what its name promises. `what()` names the file; `reason()` is
/// the part of it that is the same on every machine: no path, no host, no time.
class IoError : public Error {
 public:
  /// "file: reason", and what only this machine's user needs to know after it.
  IoError(const std::string& file, const std::string& reason, const std::string& more = "")
      : Error(file + ": " + reason + more), reason_(reason) {}
  /// Where no file is to blame; the text is the reason.
  explicit IoError(const std::string& text) : Error(text), reason_(text) {}

  const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

/// Nothing more can be written: a full disk, a folder that is gone or read-only.
class WriteError : public IoError {
 public:
  using IoError::IoError;
};

/// This trial cannot have a result; the others can.
class TrialError : public Error {
 public:
  using Error::Error;
};

/// Nothing is wrong that a person must mend; the same command works later, which `what()` says.
class TryAgain : public Error {
 public:
  using Error::Error;
};

/// NaN or infinity where a trial needs numbers.
class NotFiniteError : public TrialError {
 public:
  using TrialError::TrialError;
};

/// The reason of the last failed system call, as in "No space left on device".
std::string system_reason();

}  // namespace qsweep
