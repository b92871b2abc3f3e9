#include "qsweep/journal/run_folder.hpp"

#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_path.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/core/write_bytes.hpp"
#include "qsweep/journal/frozen_gates.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unordered_set>
#include <utility>

namespace qsweep {

namespace {

namespace fs = std::filesystem;

constexpr int kPlanFormat = 1;
// Stands once in a line: within a JSON text the quotes would be escaped.
constexpr std::string_view kTrialKey = ",\"trial\":{";

std::string plan_path(const std::string& run_directory) {
  return run_directory + "/plan.jsonl";
}

std::ifstream open_plan(const std::string& run_directory) {
  std::ifstream file(plan_path(run_directory));
  if (!file) {
    const std::string reason = system_reason();
    throw IoError(run_directory,
                  "no run in this folder: " + plan_path(run_directory) + ": " + reason +
                      nearest_path_hint(run_directory));
  }
  return file;
}

IoError damaged_plan(const std::string& run_directory, size_t line, const std::string& reason) {
  return IoError(plan_path(run_directory) + ":" + std::to_string(line),
                 "damaged: " + reason + "; delete it, and the run's command writes it anew");
}

// The line without its trial, which is most of it.
Json summary_of(const std::string& line) {
  const size_t trial = line.find(kTrialKey);
  if (trial == std::string::npos) {
    return Json::parse(line);
  }
  return Json::parse(line.substr(0, trial) + "}");
}

Json cost_json(const Cost& cost) {
  return Json{{"weight_bits", cost.weight_bits},
              {"output_bits", cost.output_bits},
              {"size_bytes", cost.size_bytes},
              {"macs", cost.macs},
              {"bops", cost.bops},
              {"memory", cost.memory},
              {"trial_macs", cost.trial_macs}};
}

Cost cost_from(const Json& json) {
  Cost cost;
  json.at("weight_bits").get_to(cost.weight_bits);
  json.at("output_bits").get_to(cost.output_bits);
  json.at("size_bytes").get_to(cost.size_bytes);
  json.at("macs").get_to(cost.macs);
  json.at("bops").get_to(cost.bops);
  cost.trial_macs = json.value("trial_macs", 0.0);  // plans of earlier versions do not tell
  cost.memory = json.value("memory", int64_t{0});   // nor this
  return cost;
}

Json row_json(uint32_t index, const Row& row) {
  return Json::array({index, row.model, row.policy, row.values, row.data});
}

void add_rows(const Json& rows, uint32_t trial, FrozenPlan& plan) {
  for (const Json& json : rows) {
    Row& row = plan.rows.at(json.at(0).get<size_t>());
    row.trial = trial;
    json.at(1).get_to(row.model);
    json.at(2).get_to(row.policy);
    json.at(3).get_to(row.values);
    json.at(4).get_to(row.data);
  }
}

void add_trial(const Json& json, FrozenPlan& plan) {
  FrozenTrial trial;
  json.at("id").get_to(trial.id);
  json.at("float_trial").get_to(trial.float_trial);
  trial.cost = cost_from(json.at("cost"));
  json.at("limit").get_to(trial.limit);
  json.at("best_on").get_to(trial.best_on);
  // Plans of earlier versions do not tell.
  trial.calibrated_on_test = json.value("calibrated_on_test", int64_t{0});
  trial.evaluated = json.value("evaluated", std::string());
  const auto number = static_cast<uint32_t>(plan.trials.size());
  add_rows(json.at("rows"), number, plan);
  plan.trial_numbers.emplace(trial.id, number);
  plan.trials.push_back(std::move(trial));
}

void read_header(const Json& json, FrozenPlan& plan) {
  if (json.at("format").get<int>() != kPlanFormat) {
    throw std::out_of_range("written by another version of qsweep");
  }
  json.at("experiment").get_to(plan.experiment);
  json.at("variables").get_to(plan.variables);
  plan.axis_titles = json.value("axes", AxisTitles());  // plans of earlier versions do not tell
  plan.rows.resize(json.at("rows").get<size_t>());
  json.at("gates").get_to(plan.gates);
}

std::vector<std::vector<uint32_t>> rows_by_trial(const Plan& plan) {
  std::vector<std::vector<uint32_t>> rows(plan.trial_count());
  for (size_t i = 0; i < plan.row_count(); ++i) {
    rows.at(plan.row(i).trial).push_back(static_cast<uint32_t>(i));
  }
  return rows;
}

// What decides which images are evaluated: both splits as they were read, and the draw from them.
std::string evaluated_images(const Trial& trial) {
  if (!trial.key.contains("data")) {
    return "";
  }
  const int64_t limit = trial.settings.limit;
  const Json drawn{{"fingerprint", trial.key.at("data").at("fingerprint")},
                   {"limit", limit},
                   {"seed", limit > 0 ? Json(trial.settings.seed) : Json()}};
  return sha256_hex(drawn.dump()).substr(0, 16);
}

Json trial_json(const Plan& plan, size_t number, const std::vector<uint32_t>& rows) {
  const Trial trial = plan.trial(number);
  Json rows_json = Json::array();
  for (const uint32_t row : rows) {
    rows_json.push_back(row_json(row, plan.row(row)));
  }
  return Json{{"id", trial.id},
              {"float_trial", trial.float_trial},
              {"cost", cost_json(plan.cost(number))},
              {"limit", trial.settings.limit},
              {"best_on", trial.settings.validation},
              {"calibrated_on_test", trial.calibrated_on_test},
              {"evaluated", evaluated_images(trial)},
              {"rows", std::move(rows_json)},
              {"trial", trial}};
}

// The trials that the folder's plan has so far.
std::unordered_set<std::string> known_trials(const std::string& run_directory) {
  std::unordered_set<std::string> ids;
  for (const FrozenTrial& trial : load_plan(run_directory).trials) {
    ids.insert(trial.id);
  }
  return ids;
}

void make_folders(const std::string& run_directory) {
  for (const char* folder : {"journal", "trials"}) {
    const fs::path path = fs::path(run_directory) / folder;
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) {
      throw WriteError(path.string(), "cannot be made: " + failed.message());
    }
  }
}

// Of the plan that is there; empty where none is, or it was written without one.
std::string key_of_plan(const std::string& run_directory) {
  std::ifstream file(plan_path(run_directory));
  std::string line;
  std::getline(file, line);
  const Json header = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const bool is_ours = header.is_object() && header.contains("format") &&
                       header.at("format") == kPlanFormat && header.contains("key") &&
                       header.at("key").is_string();
  return is_ours ? header.at("key").get<std::string>() : "";
}

PlanChange write_plan(const std::string& run_directory, const Plan& plan, const std::string& key) {
  PlanChange change;
  if (!key.empty() && key_of_plan(run_directory) == key) {
    change.is_first = false;
    change.kept = plan.trial_count();
    return change;
  }
  change.is_first = !is_run_folder(run_directory);
  const auto known =
      change.is_first ? std::unordered_set<std::string>() : known_trials(run_directory);
  AtomicFile file(plan_path(run_directory));
  file.add(Json{{"format", kPlanFormat},
                {"experiment", plan.name()},
                {"key", key},
                {"variables", plan.variables()},
                {"axes", plan.axis_titles()},
                {"rows", plan.row_count()},
                {"gates", freeze_gates(plan)}}
               .dump() +
           "\n");
  const auto rows = rows_by_trial(plan);
  for (size_t i = 0; i < plan.trial_count(); ++i) {
    const Json line = trial_json(plan, i, rows[i]);
    change.kept += known.count(line.at("id").get<std::string>());
    file.add(line.dump() + "\n");
  }
  change.added = plan.trial_count() - change.kept;
  change.gone = known.size() - change.kept;
  file.commit();
  return change;
}

}  // namespace

PlanChange freeze(const std::string& run_directory,
                  const Plan& plan,
                  const std::string& experiment_text,
                  const RunMeta& meta,
                  const std::string& plan_key) {
  make_folders(run_directory);
  const PlanChange change = write_plan(run_directory, plan, plan_key);
  write_atomically(run_directory + "/experiment.yaml", experiment_text);
  write_meta(run_directory, meta);
  return change;
}

bool is_run_folder(const std::string& run_directory) {
  std::error_code unreadable;
  return fs::exists(plan_path(run_directory), unreadable);
}

FrozenPlan load_plan(const std::string& run_directory) {
  std::ifstream file = open_plan(run_directory);
  FrozenPlan plan;
  std::string line;
  size_t number = 0;
  while (std::getline(file, line)) {
    ++number;
    if (file.eof()) {
      throw damaged_plan(run_directory, number, "cut off");
    }
    try {
      const Json json = summary_of(line);
      if (number == 1) {
        read_header(json, plan);
      } else {
        add_trial(json, plan);
      }
    } catch (const Json::exception& reason) {
      throw damaged_plan(run_directory, number, reason.what());
    } catch (const std::out_of_range& reason) {
      throw damaged_plan(run_directory, number, reason.what());
    }
  }
  if (number == 0) {
    throw damaged_plan(run_directory, 1, "empty");
  }
  const bool is_whole = std::all_of(
      plan.rows.begin(), plan.rows.end(), [](const Row& row) { return !row.model.empty(); });
  if (file.bad() || !is_whole) {
    throw damaged_plan(run_directory, number + 1, "cut off");
  }
  return plan;
}

Trial read_trial(const std::string& run_directory, const std::string& id) {
  std::ifstream file = open_plan(run_directory);
  const std::string mark = "\"id\":\"" + id + "\"";
  std::string line;
  while (std::getline(file, line)) {
    const size_t found = line.find(mark);
    if (found != std::string::npos && found < line.find(kTrialKey)) {
      return Json::parse(line).at("trial").get<Trial>();
    }
  }
  throw IoError(plan_path(run_directory), "has no trial '" + id + "'");
}

}  // namespace qsweep
