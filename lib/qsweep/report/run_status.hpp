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
    std::string error;    // all there is to say; may name files
    size_t attempts = 0;  // that failed; 0: its float trial failed, so it never started
  };
  /// A trial with a result that came only after attempts that failed.
  struct Retried {
    std::string trial;
    std::string row;
    size_t failed_attempts = 0;
  };
  std::string experiment;
  size_t rows = 0;
  size_t trials = 0;
  size_t done = 0;
  size_t failed = 0;
  size_t pending = 0;
  bool is_limited = false;   // some trial is evaluated on fewer images than there are
  size_t ignored_lines = 0;  // of the journal, cut off or damaged
  std::vector<Failure> failures;
  std::vector<Retried> retried;
};

RunStatus run_status(const Results& results);

/// "resnet_bits: 18 trials for 20 rows: 15 done, 1 failed, 2 pending", and a line per failure and
/// per retried trial; a limit is told at the first line's end.
std::string to_string(const RunStatus& status);
void to_json(Json& json, const RunStatus& status);

}  // namespace qsweep
