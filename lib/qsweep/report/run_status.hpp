#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/report/results.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// How far a run is. Trials are counted, not rows.
struct RunStatus {
  struct Failure {
    std::string trial;
    std::string row;  // the first that shows it: "resnet20 conv_linear w=2 a=2"
    std::string kind;
    std::string error;  // all there is to say; may name files
  };
  std::string experiment;
  size_t rows = 0;
  size_t trials = 0;
  size_t done = 0;
  size_t failed = 0;
  size_t pending = 0;
  size_t ignored_lines = 0;  // of the journal, cut off or damaged
  std::vector<Failure> failures;
};

RunStatus run_status(const Results& results);

/// "resnet_bits: 18 trials for 20 rows: 15 done, 1 failed, 2 pending", and a line per failure.
std::string to_string(const RunStatus& status);
void to_json(Json& json, const RunStatus& status);

}  // namespace qsweep
