#include "qsweep/engine/cluster/tool.hpp"

#include "qsweep/engine/child_process.hpp"
#include "qsweep/engine/line_buffer.hpp"

namespace qsweep {
namespace {

std::string all_of(int file) {
  LineBuffer buffer;
  std::string text;
  while (buffer.read_from(file)) {
    text += buffer.rest();
  }
  return text;
}

}  // namespace

ToolAnswer ask_tool(const std::vector<std::string>& command, const std::string& input) {
  std::vector<std::string> found{"/usr/bin/env"};
  found.insert(found.end(), command.begin(), command.end());
  ChildProcess process(found, ChildProcess::Errors::Piped);
  if (!input.empty()) {
    process.send_line(input);
  }
  process.close_input();
  ToolAnswer answer;
  answer.output = all_of(process.output());
  answer.errors = all_of(process.errors());  // a few lines at most, which the pipe holds meanwhile
  while (!answer.errors.empty() && answer.errors.back() == '\n') {
    answer.errors.pop_back();
  }
  const ProcessEnd end = process.wait();
  constexpr int kKilled = 128;  // as a shell has it
  answer.code = end.signal != 0 ? kKilled + end.signal : end.code;
  return answer;
}

}  // namespace qsweep
