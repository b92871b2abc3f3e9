#include "qsweep/report/trial_summary.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/core/read_bytes.hpp"
#include "qsweep/report/result_columns.hpp"

#include <algorithm>
#include <filesystem>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostNamed = 5;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return text + (names.size() > kMostNamed ? ", ..." : "");
}

Json attempt_json(const JournalEntry& entry) {
  const Record& record = entry.record;
  Json json{{"at", entry.at},
            {"status", record.failed ? "failed" : "done"},
            {"started", record.started},
            {"seconds", record.seconds},
            {"images_per_second", record.images_per_second},
            {"repeats", record.repeats},
            {"peak_memory", record.peak_memory},
            {"host", record.host}};
  if (record.failed) {
    json["kind"] = record.error_kind;
    json["error"] = record.error_text;
  }
  return json;
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> paths;
  std::error_code missing;
  for (fs::directory_iterator file(folder, missing), end; !missing && file != end;
       file.increment(missing)) {
    paths.push_back(file->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Json log_of(const fs::path& folder) {
  const auto log = read_bytes_if_there(folder / "log");
  return log ? Json(*log) : Json();
}

std::vector<std::string> rows_of(const Results& results, const std::string& id) {
  std::vector<std::string> names;
  for (const RowResult& row : results.rows()) {
    if (row.trial->id == id) {
      names.push_back(row_name(*row.row, results.plan().variables));
    }
  }
  return names;
}

// What the trial does not read has defaults there, and not what the file says.
Json settings_of(const Json& trial) {
  Json settings = trial.at("settings");
  for (const char* section :
       {"calibrate", "corrections", "finetune", "pretrain", "seed", "validation"}) {
    if (!trial.at("key").contains(section)) {
      settings.erase(section);
    }
  }
  return settings;
}

}  // namespace

std::string find_trial(const FrozenPlan& plan, const std::string& start) {
  std::vector<std::string> all;
  std::vector<std::string> found;
  for (const FrozenTrial& trial : plan.trials) {
    all.push_back(trial.id);
    if (trial.id.compare(0, start.size(), start) == 0) {
      found.push_back(trial.id);
    }
  }
  if (found.empty() || start.empty()) {
    const auto near = nearest_name(start, all);
    throw ConfigError(
        "no trial of " + plan.experiment + " begins with '" + start + "'; " +
        (near ? "did you mean '" + *near + "'?" : "the column 'trial' of results.csv has them"));
  }
  if (found.size() > 1) {
    throw ConfigError("'" + start + "' is the beginning of " + std::to_string(found.size()) +
                      " trials: " + joined(found));
  }
  return found.front();
}

Json trial_summary(const std::string& run_directory,
                   const Results& results,
                   const std::string& id) {
  const Json trial = read_trial(run_directory, id);
  const RowResult* row = results.first_row(id);
  const fs::path folder = fs::path(run_directory) / "trials" / id;
  Json attempts = Json::array();
  for (const JournalEntry& entry : records_of(run_directory, id)) {
    attempts.push_back(attempt_json(entry));
  }
  return Json{{"trial", id},
              {"experiment", results.plan().experiment},
              {"rows", rows_of(results, id)},
              {"float_trial", trial.at("float_trial")},
              {"status", row == nullptr ? "pending" : to_string(row->status)},
              {"results", row == nullptr ? Json() : result_json(results, *row)},
              {"attempts", std::move(attempts)},
              {"model", trial.at("model")},
              {"settings", settings_of(trial)},
              {"groups", trial.at("groups")},
              {"key", trial.at("key")},
              {"files", files_in(folder)},
              {"log", log_of(folder)}};
}

}  // namespace qsweep
