#include "qsweep/engine/child_process.hpp"

#include "qsweep/core/error.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace qsweep {
namespace {

constexpr int kCannotRun = 127;  // the shell's code for it

IoError no_process() {
  return IoError("no process can be made: " + system_reason());
}

void close_if_open(int& file) {
  if (file >= 0) {
    ::close(file);
    file = -1;
  }
}

// Two ends of a stream; what is left of them is closed.
struct Ends {
  int own = -1;
  int childs = -1;

  Ends() = default;
  ~Ends() {
    close_if_open(own);
    close_if_open(childs);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  // From the child.
  void make_pipe() {
    std::array<int, 2> ends{};
    take(::pipe2(ends.data(), O_CLOEXEC), ends);
  }
  // To the child. A socket and no pipe: writing to one that nobody reads any more raises no
  // SIGPIPE.
  void make_socket() {
    std::array<int, 2> ends{};
    take(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), ends);
  }
  int keep_own() { return std::exchange(own, -1); }

 private:
  void take(int result, const std::array<int, 2>& ends) {
    if (result != 0) {
      throw no_process();
    }
    own = ends[0];
    childs = ends[1];
  }
};

// In the child, after the fork: becomes the program.
[[noreturn]] void become(pid_t parent,
                         const std::vector<std::string>& command,
                         const std::array<int, 3>& streams) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(kCannotRun);  // it died before the line above
  }
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  for (int stream = 0; stream < 3; ++stream) {
    const int file = streams[static_cast<size_t>(stream)];
    if (file >= 0) {
      ::dup2(file, stream);
    }
  }
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  const std::string reason = command[0] + ": " + system_reason() + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, reason.data(), reason.size());
  ::_exit(kCannotRun);
}

}  // namespace

std::string ProcessEnd::text() const {
  if (signal == 0) {
    return "ended with exit code " + std::to_string(code);
  }
  const char* name = ::sigabbrev_np(signal);
  return "was killed by signal " + std::to_string(signal) +
         (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
}

bool ProcessEnd::was_killed() const {
  return signal == SIGKILL || signal == SIGTERM;
}

ChildProcess::ChildProcess(const std::vector<std::string>& command, Errors errors) {
  Ends input;
  Ends output;
  Ends error_ends;
  input.make_socket();
  output.make_pipe();
  if (errors == Errors::Piped) {
    error_ends.make_pipe();
  }
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    throw no_process();
  }
  if (pid_ == 0) {
    become(parent, command, {input.childs, output.childs, error_ends.childs});
  }
  input_ = input.keep_own();
  output_ = output.keep_own();
  errors_ = error_ends.keep_own();
}

ChildProcess::~ChildProcess() {
  close_input();
  if (pid_ > 0) {
    kill(SIGKILL);
    wait();
  }
  close_if_open(output_);
  close_if_open(errors_);
}

bool ChildProcess::send_line(const std::string& line) {
  const std::string text = line + "\n";
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t sent = ::send(input_, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) {
      return false;
    }
    left.remove_prefix(sent < 0 ? 0 : static_cast<size_t>(sent));
  }
  return true;
}

void ChildProcess::close_input() {
  close_if_open(input_);
}

void ChildProcess::kill(int signal) const {
  if (pid_ > 0) {
    ::kill(pid_, signal);
  }
}

ProcessEnd ChildProcess::wait() {
  int status = W_EXITCODE(kCannotRun, 0);  // should nothing be known of its end
  rusage usage{};
  while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  ProcessEnd end;
  end.peak_memory = static_cast<int64_t>(usage.ru_maxrss) * 1024;
  if (WIFSIGNALED(status)) {
    end.signal = WTERMSIG(status);
  } else {
    end.code = WEXITSTATUS(status);
  }
  return end;
}

}  // namespace qsweep
