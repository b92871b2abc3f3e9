#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <vector>

#include "support/scratch_folder.hpp"

namespace qsweep::test {

struct Finished {
  int code = 0;
  std::string out;  // both streams
};

/// Runs a line in a shell.
inline Finished shell(const std::string& line) {
  FILE* pipe = popen(("{ " + line + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    throw std::runtime_error("no shell");
  }
  Finished finished;
  std::array<char, 4096> buffer{};
  size_t got = 0;
  while ((got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    finished.out.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

/// A folder of its own with an experiment file, and the command run in it.
struct Sweep {
  ScratchFolder folder;
  Sweep(const std::string& file, const std::string& text) { write_text(folder.path(file), text); }
  Finished run(const std::string& arguments) const {
    return shell("cd '" + folder.path() + "' && QSWEEP_CACHE=cache " QSWEEP_COMMAND " " +
                 arguments);
  }
  std::string results(const std::string& run) const {
    return read_text(folder.path(run + "/results.csv"));
  }
};

using CsvRow = std::map<std::string, std::string>;

/// Rows of a CSV without quotes.
inline std::vector<CsvRow> csv_rows(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
  while (std::getline(lines, line)) {
    if (line.empty() || line[0] == '#') {
      continue;
    }
    std::istringstream fields(line);
    std::string field;
    std::vector<std::string> values;
    while (std::getline(fields, field, ',')) {
      values.push_back(field);
    }
    if (header.empty()) {
      header = values;
      continue;
    }
    CsvRow row;
    for (size_t i = 0; i < header.size(); ++i) {
      row[header[i]] = i < values.size() ? values[i] : "";
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace qsweep::test
