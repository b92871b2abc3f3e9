#pragma once

#include "qsweep/config/node.hpp"
#include "qsweep/core/json.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A shared library that adds to what experiment files can name. The worker loads it, which runs
/// its code; here it is a file.
struct Plugin {
  std::string path;  // absolute
  std::string hash;  // of its content
  Place place{};     // where it is named; not kept in JSON
};

void to_json(Json& json, const Plugin& plugin);
void from_json(const Json& json, Plugin& plugin);

/// What a plugin added, by name.
struct PluginFacts {
  std::string path;
  std::string hash;
  std::vector<std::string> models;
  std::vector<std::string> quantizers;
  std::vector<std::string> datasets;
};

void to_json(Json& json, const PluginFacts& facts);
void from_json(const Json& json, PluginFacts& facts);

/// "small_net (model), fixed_point (quantizer)".
std::string contents_text(const PluginFacts& facts);

/// The plugin that a value names, from `directory` on. Throws ConfigError: no such file.
Plugin read_plugin(const Node& value, const std::string& directory);

/// `plugins` of a parsed file, each once. They are read before the rest of it, which names what
/// they bring. Throws ConfigError.
std::vector<Plugin> read_plugins(const Node& file, const std::string& directory);

}  // namespace qsweep
