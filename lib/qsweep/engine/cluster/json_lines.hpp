#pragma once

#include "qsweep/core/error.hpp"
#include "qsweep/core/json.hpp"

#include <string>
#include <vector>

namespace qsweep {

// Small files of JSON lines that grow, each time as a whole: slices.jsonl and jobs.jsonl. Only who
// holds the run's lock adds to them; anybody may read.

/// Adds lines to a file, which need not be there. It is seen with all of them or with none. Throws
/// WriteError.
void add_json_lines(const std::string& path, const std::vector<Json>& lines);

/// The lines of a file; none where there is no file. Throws IoError for a line that is no JSON.
std::vector<Json> read_json_lines(const std::string& path);

/// The same as values; `read` may throw Json::exception, which becomes an IoError.
template <class Read>
auto read_json_lines(const std::string& path, const Read& read) {
  std::vector<decltype(read(Json()))> values;
  for (const Json& line : read_json_lines(path)) {
    try {
      values.push_back(read(line));
    } catch (const Json::exception& damaged) {
      throw IoError(path, std::string("damaged: ") + damaged.what());
    }
  }
  return values;
}

}  // namespace qsweep
