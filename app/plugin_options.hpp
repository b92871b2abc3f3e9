#pragma once

#include "qsweep/config/plugins.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace qsweep {

/// The option of every command that loads plugins.
void add_plugins(CLI::App& command, std::vector<std::string>& paths);

/// And of those that take them from a file, too.
void add_no_plugins(CLI::App& command, bool& no_plugins);

/// The plugins that the option names, from the present folder on. Throws ConfigError.
std::vector<Plugin> plugins_of(const std::vector<std::string>& paths);

/// Throws ConfigError at the first of them, where --no-plugins is given.
void check_no_plugins(bool no_plugins, const std::vector<Plugin>& plugins);

}  // namespace qsweep
