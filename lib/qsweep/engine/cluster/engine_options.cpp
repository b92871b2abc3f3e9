#include "qsweep/engine/cluster/engine_options.hpp"

#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/utf8.hpp"

#include <algorithm>

namespace qsweep {
namespace {

// They become lines of scripts: a line break would end one.
void check_one_line(const Node::Entry& entry) {
  const std::string& text = entry.value.text;
  if (text.empty() || std::any_of(text.begin(), text.end(), is_control)) {
    throw config_error(entry.value.place, "'" + entry.key + "' must be a text of one line");
  }
}

}  // namespace

EngineOptions::EngineOptions(const Node& map,
                             const std::string& engine,
                             const std::vector<std::string>& known,
                             const std::vector<std::string>& of_several_lines)
    : map_(map), engine_(engine) {
  const MapReader reader(map_, "'engines." + engine + "'", known);
  for (const Node::Entry& entry : map_.entries) {
    read_text(entry.value, entry.key);
    if (std::find(of_several_lines.begin(), of_several_lines.end(), entry.key) ==
        of_several_lines.end()) {
      check_one_line(entry);
    }
  }
}

std::string EngineOptions::text(const std::string& key) const {
  const Node* value = map_.find(key);
  return value == nullptr ? "" : value->text;
}

int64_t EngineOptions::integer(const std::string& key,
                               int64_t otherwise,
                               int64_t min,
                               int64_t max) const {
  const Node* value = map_.find(key);
  return value == nullptr ? otherwise : read_integer(*value, key, min, max);
}

void EngineOptions::require(const std::vector<std::string>& keys) const {
  std::vector<std::string> missing;
  for (const std::string& key : keys) {
    if (map_.find(key) == nullptr) {
      missing.push_back("'engines." + engine_ + "." + key + "'");
    }
  }
  if (!missing.empty()) {
    throw ConfigError("--on " + engine_ + " needs " + listed(missing, "and") +
                      " in the file, or as --set");
  }
}

}  // namespace qsweep
