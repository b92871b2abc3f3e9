#pragma once

#include <stdexcept>
#include <string>

namespace qsweep {

/// What the process tells its caller; see docs/experiment-format.md, section 2.
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

/// A file cannot be read, or is not what its name promises. The text names the file.
class IoError : public Error {
 public:
  using Error::Error;
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

/// The reason of the last failed system call, as in "No space left on device".
std::string system_reason();

}  // namespace qsweep
