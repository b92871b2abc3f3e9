#include "qsweep/engine/experiment_edits.hpp"

#include "qsweep/config/experiment.hpp"
#include "qsweep/config/setting_keys.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/engine/cluster/engine.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

namespace qsweep {
namespace {

struct Assignment {
  std::string option;  // "--set finetune.lr=0.02"
  std::string key;
  std::string value;
};

std::vector<Assignment> assignments_of(const ExperimentEdits& edits) {
  std::vector<Assignment> all;
  for (const std::string& text : edits.set) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      throw ConfigError("--set '" + text + "' must be like 'finetune.lr=0.02'");
    }
    all.push_back({"--set " + text, text.substr(0, equals), text.substr(equals + 1)});
  }
  if (edits.limit > 0) {
    const std::string limit = std::to_string(edits.limit);
    all.push_back({"--limit " + limit, "evaluate.limit", limit});
  }
  return all;
}

bool names_an_engine(const std::string& key) {
  return key.rfind("engines.", 0) == 0;
}

bool is_engine_option(const std::string& key) {
  const auto paths = names_an_engine(key) ? engine_option_paths() : std::vector<std::string>();
  return std::find(paths.begin(), paths.end(), key) != paths.end();
}

// "lr" is the end of two settings.
std::string settings_that_end_with(const std::string& key) {
  const std::string end = '.' + key;
  std::string text;
  for (const std::string& path : setting_paths()) {
    if (path.size() > end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0) {
      text += (text.empty() ? "'" : " or '") + path + "'";
    }
  }
  return text;
}

std::vector<std::string> known_keys(const std::string& key) {
  std::vector<std::string> keys = names_an_engine(key) ? engine_option_paths() : setting_paths();
  keys.emplace_back("keep");
  return keys;
}

// What the file has under that name, as far as it can be told better than by nearest names.
void reject_what_is_no_setting(const Assignment& assignment, const Node& file) {
  const std::string& key = assignment.key;
  const std::string start = assignment.option + ": '" + key + "' is ";
  if (is_setting(key)) {
    return;
  }
  const Node* matrix = file.find("matrix");
  if (key.rfind("matrix.", 0) == 0 || (matrix != nullptr && matrix->find(key) != nullptr)) {
    throw ConfigError(start + "of the matrix; --only picks rows of it");
  }
  if (const SettingSection* section = find_section(key)) {
    throw ConfigError(start + "a section; --set takes one of its keys, as in " + key + '.' +
                      section->keys[0].name);
  }
  if (key != "keep" && contains(top_level_keys(), key)) {
    throw ConfigError(start + "no setting; it can only be changed in the file");
  }
  if (const std::string longer = settings_that_end_with(key); !longer.empty()) {
    throw ConfigError(assignment.option + ": unknown setting '" + key + "'; did you mean " +
                      longer + "?");
  }
}

// Their paths are absolute: the file's own start at its folder.
void add_plugins(Node& file, const std::vector<std::string>& paths) {
  Node list;
  list.kind = Node::Kind::Sequence;
  list.place = file.place;
  if (const Node* own = file.find("plugins")) {
    list = *own;
  }
  for (const std::string& path : paths) {
    list.items.push_back(option_value("--plugin", path));
    std::string& text = list.items.back().text;
    text = std::filesystem::absolute(text).lexically_normal().string();
  }
  set_path(file, "plugins", list);
}

}  // namespace

Node option_value(const std::string& option, const std::string& text) {
  Node value;
  value.kind = Node::Kind::Scalar;
  value.text = text;
  value.quoted = true;
  value.place = {std::make_shared<const Source>(Source{option + " " + text, ""}), 0, 0};
  return value;
}

Node edited(Node file, const ExperimentEdits& edits) {
  for (const Assignment& assignment : assignments_of(edits)) {
    reject_what_is_no_setting(assignment, file);
    if (!is_setting(assignment.key) && assignment.key != "keep" &&
        !is_engine_option(assignment.key)) {
      throw ConfigError(assignment.option + ": " +
                        unknown_name("setting", assignment.key, known_keys(assignment.key)));
    }
    const auto source = std::make_shared<const Source>(Source{assignment.option, assignment.value});
    set_path(file, assignment.key, parse_yaml(source));
  }
  if (!edits.plugins.empty()) {
    add_plugins(file, edits.plugins);
  }
  return file;
}

void check_edits(const ExperimentEdits& edits, const Experiment& experiment) {
  for (const Assignment& assignment : assignments_of(edits)) {
    for (const Axis& axis : experiment.axes) {
      if (std::find(axis.names.begin(), axis.names.end(), assignment.key) != axis.names.end()) {
        throw ConfigError(assignment.option + ": the matrix has an axis '" + assignment.key +
                          "', which sets it for every row");
      }
    }
  }
}

}  // namespace qsweep
