#include "plugin_options.hpp"

#include "qsweep/engine/experiment_edits.hpp"

#include <filesystem>

namespace qsweep {

void add_plugins(CLI::App& command, std::vector<std::string>& paths) {
  command
      .add_option("--plugin",
                  paths,
                  "a shared library that adds models, quantizers or data sets; its code runs")
      ->type_name("FILE")
      ->take_all()
      ->allow_extra_args(false);
}

void add_no_plugins(CLI::App& command, bool& no_plugins) {
  command.add_flag(
      "--no-plugins", no_plugins, "refuse plugins, also those of the file: their code runs");
}

std::vector<Plugin> plugins_of(const std::vector<std::string>& paths) {
  std::vector<Plugin> plugins;
  for (const std::string& path : paths) {
    plugins.push_back(
        read_plugin(option_value("--plugin", path), std::filesystem::current_path().string()));
  }
  return plugins;
}

void check_no_plugins(bool no_plugins, const std::vector<Plugin>& plugins) {
  if (no_plugins && !plugins.empty()) {
    const Plugin& plugin = plugins.front();
    throw config_error(
        plugin.place, plugin.path + " is a plugin, which --no-plugins refuses: its code would run");
  }
}

}  // namespace qsweep
