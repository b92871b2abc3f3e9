#include "qsweep/config/plugins.hpp"

#include "qsweep/config/existing_file.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/file_hash.hpp"

#include <algorithm>

namespace qsweep {

void to_json(Json& json, const Plugin& plugin) {
  json = Json{{"path", plugin.path}, {"hash", plugin.hash}};
}

void from_json(const Json& json, Plugin& plugin) {
  json.at("path").get_to(plugin.path);
  json.at("hash").get_to(plugin.hash);
}

void to_json(Json& json, const PluginFacts& facts) {
  json = Json{{"path", facts.path},
              {"hash", facts.hash},
              {"models", facts.models},
              {"quantizers", facts.quantizers},
              {"datasets", facts.datasets}};
}

void from_json(const Json& json, PluginFacts& facts) {
  json.at("path").get_to(facts.path);
  json.at("hash").get_to(facts.hash);
  json.at("models").get_to(facts.models);
  json.at("quantizers").get_to(facts.quantizers);
  json.at("datasets").get_to(facts.datasets);
}

std::string contents_text(const PluginFacts& facts) {
  std::string text;
  const auto add = [&text](const std::vector<std::string>& names, const std::string& kind) {
    for (const std::string& name : names) {
      text += (text.empty() ? "" : ", ") + name + " (" + kind + ")";
    }
  };
  add(facts.models, "model");
  add(facts.quantizers, "quantizer");
  add(facts.datasets, "data set");
  return text;
}

Plugin read_plugin(const Node& value, const std::string& directory) {
  Plugin plugin;
  plugin.path = existing_file(value, "plugins", "a shared library", directory);
  plugin.hash = file_hash(plugin.path);
  plugin.place = value.place;
  return plugin;
}

std::vector<Plugin> read_plugins(const Node& file, const std::string& directory) {
  const Node* named = file.find("plugins");
  if (named == nullptr) {
    return {};
  }
  Node values = *named;
  resolve_dollars(values);
  reject_variables(values, "plugins");
  std::vector<Plugin> plugins;
  for (const Node& value : read_list(values, "plugins")) {
    Plugin plugin = read_plugin(value, directory);
    if (std::any_of(plugins.begin(), plugins.end(), [&plugin](const Plugin& other) {
          return other.path == plugin.path;
        })) {
      throw config_error(value.place, plugin.path + " is named twice");
    }
    plugins.push_back(std::move(plugin));
  }
  return plugins;
}

}  // namespace qsweep
