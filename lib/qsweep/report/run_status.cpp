#include "qsweep/report/run_status.hpp"

#include "qsweep/core/counted.hpp"

namespace qsweep {

RunStatus run_status(const Results& results) {
  RunStatus status;
  status.experiment = results.plan().experiment;
  status.rows = results.rows().size();
  status.trials = results.plan().trials.size();
  status.ignored_lines = results.journal().ignored;
  std::vector<char> seen(status.trials, 0);
  for (const RowResult& row : results.rows()) {
    if (seen.at(row.row->trial) != 0) {
      continue;
    }
    seen[row.row->trial] = 1;
    status.is_limited = status.is_limited || row.trial->limit > 0;
    const std::string name = row_name(*row.row, results.plan().variables);
    const size_t failed_attempts = results.journal().failed_attempts_at(row.trial->id);
    if (row.status == RowStatus::Done) {
      ++status.done;
      if (failed_attempts > 0) {
        status.retried.push_back({row.trial->id, name, failed_attempts});
      }
    } else if (row.status == RowStatus::Pending) {
      ++status.pending;
    } else {
      ++status.failed;
      status.failures.push_back(
          {row.trial->id, name, row.record->error_kind, row.record->error_text, failed_attempts});
    }
  }
  return status;
}

std::string to_string(const RunStatus& status) {
  std::string text = status.experiment + ": " + counted(status.trials, "trial") + " for " +
                     counted(status.rows, "row") + ": " + std::to_string(status.done) + " done, " +
                     std::to_string(status.failed) + " failed, " + std::to_string(status.pending) +
                     " pending" + (status.is_limited ? " (limited by evaluate.limit)\n" : "\n");
  for (const RunStatus::Failure& failure : status.failures) {
    text += "failed: " + failure.trial + " " + failure.row + ": " + failure.error +
            (failure.attempts > 1 ? " (" + counted(failure.attempts, "failed attempt") + ")" : "") +
            "\n";
  }
  for (const RunStatus::Retried& retried : status.retried) {
    text += "retried: " + retried.trial + " " + retried.row + ": done after " +
            counted(retried.failed_attempts, "failed attempt") + "\n";
  }
  if (status.ignored_lines > 0) {
    const bool is_one = status.ignored_lines == 1;
    text += std::to_string(status.ignored_lines) + (is_one ? " line" : " lines") +
            " of the journal " + (is_one ? "was" : "were") + " cut off or damaged and " +
            (is_one ? "does" : "do") + " not count\n";
  }
  return text;
}

void to_json(Json& json, const RunStatus& status) {
  Json failures = Json::array();
  for (const RunStatus::Failure& failure : status.failures) {
    failures.push_back({{"trial", failure.trial},
                        {"row", failure.row},
                        {"kind", failure.kind},
                        {"error", failure.error},
                        {"attempts", failure.attempts}});
  }
  Json retried = Json::array();
  for (const RunStatus::Retried& trial : status.retried) {
    retried.push_back(
        {{"trial", trial.trial}, {"row", trial.row}, {"failed_attempts", trial.failed_attempts}});
  }
  json = Json{{"experiment", status.experiment},
              {"rows", status.rows},
              {"trials", status.trials},
              {"done", status.done},
              {"failed", status.failed},
              {"pending", status.pending},
              {"limited", status.is_limited},
              {"ignored_lines", status.ignored_lines},
              {"failures", std::move(failures)},
              {"retried", std::move(retried)}};
}

}  // namespace qsweep
