#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// What a tool of a scheduler said.
struct ToolAnswer {
  int code = 0;  // 127: there is no such program
  std::string output;
  std::string errors;  // without the last newline
};

/// Runs a program, found as the shell finds it, with that standard input.
ToolAnswer ask_tool(const std::vector<std::string>& command, const std::string& input = "");

}  // namespace qsweep
