#include "qsweep/config/utf8.hpp"
#include "qsweep/core/utc_text.hpp"
#include "qsweep/report/number_text.hpp"
#include "qsweep/report/result_columns.hpp"
#include "qsweep/report/trial_summary.hpp"

#include <algorithm>

namespace qsweep {
namespace {

std::string value_text(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string heading(const std::string& text) {
  return "\n" + text + "\n";
}

// "  name   value", a line each; what is null is left out.
std::string listed(const Json& object) {
  size_t width = 0;
  for (const auto& [name, value] : object.items()) {
    width = std::max(width, code_points(name));
  }
  std::string text;
  for (const auto& [name, value] : object.items()) {
    if (!value.is_null() && value != "") {
      text += "  " + padded(name, width + 2) + value_text(value) + "\n";
    }
  }
  return text;
}

std::string attempt_text(const Json& attempt) {
  std::string text = "  " + utc_text(attempt.at("at").get<int64_t>() / 1000) + "  " +
                     value_text(attempt.at("status"));
  if (attempt.contains("kind")) {
    text += " (" + value_text(attempt.at("kind")) + "): " + value_text(attempt.at("error"));
  }
  for (const auto& [stage, seconds] : attempt.at("seconds").items()) {
    text += ", " + stage + " " + fixed_text(seconds.get<double>(), 3) + " s";
  }
  if (const auto memory = attempt.at("peak_memory").get<double>(); memory > 0) {
    text += ", " + fixed_text(memory / 1e6, 0) + " MB";
  }
  const std::string host = attempt.at("host");
  return text + (host.empty() ? "" : ", on " + host) + "\n";
}

std::string group_text(const Json& group) {
  return "  " + value_text(group.at("rule")) + "  " + std::to_string(group.at("sites").size()) +
         " sites  " + group.at("quantizer").dump() + "\n";
}

// With as many digits as results.csv has.
std::string results_text(const Results& results, const std::string& trial) {
  const RowResult* row = results.first_row(trial);
  if (row == nullptr) {
    return "";
  }
  const std::vector<std::string> names = result_column_names({});
  const std::vector<std::string> fields = result_fields(results, *row, {});
  Json columns = Json::object();
  for (size_t i = 0; i < names.size(); ++i) {
    columns[names[i]] = fields[i];
  }
  for (const char* told : {"experiment", "trial", "status", "error"}) {
    columns.erase(told);
  }
  return heading("results") + listed(columns);
}

std::string indented(const std::string& text) {
  std::string lines = "  ";
  for (size_t i = 0; i < text.size(); ++i) {
    lines += text[i];
    lines += text[i] == '\n' && i + 1 < text.size() ? "  " : "";
  }
  return lines + (text.empty() || text.back() != '\n' ? "\n" : "");
}

}  // namespace

std::string trial_text(const Json& summary, const Results& results) {
  std::string text = value_text(summary.at("trial")) + " of " +
                     value_text(summary.at("experiment")) + ": " +
                     value_text(summary.at("status")) + "\n";
  for (const Json& row : summary.at("rows")) {
    text += "row: " + value_text(row) + "\n";
  }
  text += "float trial: " + value_text(summary.at("float_trial")) + "\n";
  text += results_text(results, summary.at("trial"));
  text += heading("attempts");
  for (const Json& attempt : summary.at("attempts")) {
    text += attempt_text(attempt);
  }
  text += heading("model") + listed(summary.at("model"));
  text += heading("settings") + listed(summary.at("settings"));
  text += heading("quantizers, with the rule that gave them");
  for (const Json& group : summary.at("groups")) {
    text += group_text(group);
  }
  text += heading("identity, the hash of") + listed(summary.at("key"));
  text += heading("files");
  for (const Json& file : summary.at("files")) {
    text += "  " + value_text(file) + "\n";
  }
  if (!summary.at("log").is_null()) {
    text += heading("log") + indented(summary.at("log"));
  }
  return text;
}

}  // namespace qsweep
