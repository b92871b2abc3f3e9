#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace qsweep {

/// How a process ended.
struct ProcessEnd {
  int code = 0;             // its exit code, where it ended by itself
  int signal = 0;           // what killed it, else 0
  int64_t peak_memory = 0;  // bytes, the most it had at a time, or this process when it started it

  /// "was killed by signal 9 (SIGKILL)", "ended with exit code 3".
  std::string text() const;
  bool is_well() const { return code == 0 && signal == 0; }
  /// By somebody, or for want of memory: another try may end well.
  bool was_killed() const;
};

/// A program at work, with pipes to its standard streams. It dies with this process, whatever ends
/// that one, and is in a process group of its own: Ctrl-C in a terminal reaches this process alone.
class ChildProcess {
 public:
  enum class Errors { Inherited, Piped };

  /// Throws IoError if no process can be made. A program that cannot be run ends with code 127.
  ChildProcess(const std::vector<std::string>& command, Errors errors);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // kills what is still running

  pid_t id() const { return pid_; }       // -1 once it has been waited for
  int output() const { return output_; }  // to read its standard output from
  int errors() const { return errors_; }  // -1: inherited

  /// Adds the newline. False if the process no longer reads.
  bool send_line(const std::string& line);
  void close_input();
  void kill(int signal) const;
  /// Waits for its end.
  ProcessEnd wait();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
};

}  // namespace qsweep
