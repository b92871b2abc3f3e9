#include "qsweep/engine/child_process.hpp"

#include "qsweep/engine/line_buffer.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/processes.hpp"
#include "support/scratch_folder.hpp"

namespace qsweep {
namespace {

using Errors = ChildProcess::Errors;

std::string first_line(int file) {
  LineBuffer lines;
  auto line = lines.next();
  while (!line && lines.read_from(file)) {
    line = lines.next();
  }
  return line.value_or("nothing");
}

// A zombie that nobody has waited for yet is dead.
bool is_alive(pid_t process) {
  const std::string status = test::stat_of(process);
  return !status.empty() && status.find(") Z") == std::string::npos;
}

}  // namespace

TEST_CASE("a process reads what is sent and tells how it ended", "[engine]") {
  ChildProcess child({"/bin/sh", "-c", "read x; echo got $x; echo bad >&2; exit 3"}, Errors::Piped);
  CHECK(child.send_line("this"));
  CHECK(first_line(child.output()) == "got this");
  CHECK(first_line(child.errors()) == "bad");
  const ProcessEnd end = child.wait();
  CHECK(end.code == 3);
  CHECK(end.text() == "ended with exit code 3");
}

TEST_CASE("the signal that killed a process is named", "[engine]") {
  ChildProcess child({"/bin/sh", "-c", "kill -KILL $$"}, Errors::Inherited);
  const ProcessEnd end = child.wait();
  CHECK(end.signal == SIGKILL);
  CHECK(end.text() == "was killed by signal 9 (SIGKILL)");
}

TEST_CASE("the end of a process tells the memory that it had", "[engine]") {
  ChildProcess child({"/bin/sh", "-c", "x=$(head -c 20000000 /dev/zero | tr '\\0' x); exit 0"},
                     Errors::Inherited);
  CHECK(child.wait().peak_memory > 20'000'000);
}

TEST_CASE("a process dies with the one that started it, however that one ended", "[engine]") {
  const test::ScratchFolder folder;
  const std::string pid_file = folder.path("pid");
  const pid_t middle = ::fork();
  if (middle == 0) {
    const ChildProcess child({"/bin/sh", "-c", "echo $$ > " + pid_file + "; exec sleep 60"},
                             Errors::Inherited);
    ::pause();
    ::_exit(0);
  }
  while (test::read_text(pid_file).empty()) {
    ::usleep(1000);
  }
  const pid_t grandchild = std::stoi(test::read_text(pid_file));
  CHECK(::kill(grandchild, 0) == 0);
  ::kill(middle, SIGKILL);
  ::waitpid(middle, nullptr, 0);
  for (int i = 0; i < 2000 && is_alive(grandchild); ++i) {
    ::usleep(1000);
  }
  CHECK_FALSE(is_alive(grandchild));
}

TEST_CASE("writing to a process that has ended is no signal", "[engine]") {
  ChildProcess child({"/bin/true"}, Errors::Inherited);
  CHECK(first_line(child.output()) == "nothing");
  child.wait();
  CHECK_FALSE(child.send_line("anyone?"));
}

TEST_CASE("a program that is not there says so", "[engine]") {
  ChildProcess child({"/nowhere/worker"}, Errors::Piped);
  CHECK(first_line(child.errors()) == "/nowhere/worker: No such file or directory");
  CHECK(child.wait().code == 127);
}

}  // namespace qsweep
