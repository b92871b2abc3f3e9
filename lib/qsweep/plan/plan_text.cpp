#include "qsweep/config/utf8.hpp"
#include "qsweep/core/counted.hpp"
#include "qsweep/plan/describe.hpp"

#include <algorithm>
#include <cstdio>

namespace qsweep {
namespace {

constexpr size_t kMostListed = 6;  // values or layers in one line

using Table = std::vector<std::vector<std::string>>;

// Columns are as wide as their widest cell; the last one is not padded.
std::string aligned(const Table& table) {
  std::vector<size_t> widths;
  for (const auto& line : table) {
    widths.resize(std::max(widths.size(), line.size()));
    for (size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], code_points(line[i]));
    }
  }
  std::string text;
  for (const auto& line : table) {
    std::string printed = " ";
    for (size_t i = 0; i < line.size(); ++i) {
      printed += " " + padded(line[i], widths[i] + 1);
    }
    text += printed.substr(0, printed.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string listed(const Json& names, size_t count) {
  std::string text;
  for (size_t i = 0; i < std::min(kMostListed, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + names[i].get<std::string>();
  }
  return count > kMostListed ? text + ", ... (" + std::to_string(count) + ")" : text;
}

std::string with_digits(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string duration(double seconds) {
  if (seconds < 60) {
    return with_digits(seconds, "%.0f s");
  }
  if (seconds < 3600) {
    return with_digits(seconds / 60, "%.0f min");
  }
  return with_digits(seconds / 3600, "%.1f h");
}

std::string headline(const Json& summary) {
  std::string text = summary["name"].get<std::string>() + ": " +
                     counted(summary["rows"].get<size_t>(), "row") + ", " +
                     counted(summary["trials"].get<size_t>(), "distinct trial") + ", " +
                     std::to_string(summary["done"].get<size_t>()) + " done, " +
                     std::to_string(summary["to_run"].get<size_t>()) + " to run\n";
  if (!summary["seconds"].is_null()) {
    text += "about " + duration(summary["seconds"].get<double>()) + " with " +
            counted(summary["workers"].get<size_t>(), "worker") + ", as measured so far\n";
  }
  return text;
}

std::string varies_text(const Json& summary) {
  Table table;
  for (const Json& variable : summary["varies"]) {
    table.push_back({variable["name"].get<std::string>(),
                     listed(variable["values"], variable["count"].get<size_t>())});
  }
  return table.empty() ? "" : "\nvaries\n" + aligned(table);
}

std::string constants_text(const Json& summary) {
  Table table;
  for (const Json& constant : summary["constant"]) {
    table.push_back({constant["name"].get<std::string>(), constant["value"].get<std::string>()});
  }
  return table.empty() ? "" : "\nthe same for all\n" + aligned(table);
}

std::string reached_text(const Json& layers) {
  return layers.empty() ? "nothing"
                        : std::to_string(layers.size()) + ": " + listed(layers, layers.size());
}

std::string rules_text(const Json& summary) {
  Table table{{"policy", "rule", "field", "model", "layers"}};
  for (const Json& rule : summary["rules"]) {
    table.push_back({rule["policy"].get<std::string>(),
                     std::to_string(rule["rule"].get<int>()),
                     rule["field"].get<std::string>(),
                     rule["model"].get<std::string>(),
                     reached_text(rule["layers"])});
  }
  return table.size() == 1 ? "" : "\nwhat each rule reaches\n" + aligned(table);
}

std::string corrections_text(const Json& summary) {
  Table table{{"correction", "after", "policy", "model", "layers"}};
  for (const Json& correction : summary["corrections"]) {
    std::vector<std::string> line;
    for (const char* key : {"correction", "after", "policy", "model"}) {
      line.push_back(correction[key].get<std::string>());
    }
    line.push_back(reached_text(correction["layers"]));
    table.push_back(std::move(line));
  }
  return table.size() == 1 ? "" : "\nwhat each correction acts on\n" + aligned(table);
}

std::string costs_text(const Json& summary) {
  Table table{{"trial", "model", "policy"}};
  for (const Json& variable : summary["variables"]) {
    table[0].push_back(variable.get<std::string>());
  }
  table[0].insert(table[0].end(), {"weight bits", "output bits", "bytes", "MACs", "BOPs"});
  for (const Json& row : summary["costs"]) {
    std::vector<std::string> line{row["trial"].get<std::string>(),
                                  row["model"].get<std::string>(),
                                  row["policy"].get<std::string>()};
    for (const Json& value : row["values"]) {
      line.push_back(value.get<std::string>());
    }
    line.push_back(with_digits(row["weight_bits"].get<double>(), "%.2f"));
    line.push_back(with_digits(row["output_bits"].get<double>(), "%.2f"));
    for (const char* key : {"size_bytes", "macs", "bops"}) {
      line.push_back(std::to_string(row[key].get<int64_t>()));
    }
    table.push_back(std::move(line));
  }
  const size_t more = summary["rows"].get<size_t>() - summary["costs"].size();
  return "\nwhat each row costs\n" + aligned(table) +
         (more > 0 ? "  ... and " + counted(more, "more row") + "\n" : "");
}

std::string warnings_text(const Json& summary) {
  std::string text;
  for (const Json& warning : summary["warnings"]) {
    text += "\n" + warning.get<std::string>() + "\n";
  }
  return text;
}

}  // namespace

std::string plan_text(const Json& summary) {
  return headline(summary) + varies_text(summary) + constants_text(summary) + rules_text(summary) +
         corrections_text(summary) + costs_text(summary) + warnings_text(summary);
}

}  // namespace qsweep
