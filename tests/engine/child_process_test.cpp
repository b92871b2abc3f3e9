#include "qsweep/engine/child_process.hpp"

#include "qsweep/engine/line_buffer.hpp"

#include <csignal>

#include "support/catch.hpp"

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
