#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/config/plugins.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// What a worker's program says about itself.
struct WorkerInfo {
  Catalog catalog;                   // with what the plugins add
  std::vector<PluginFacts> plugins;  // as they were given
  std::string qsweep;                // versions
  std::string libtorch;
  std::string build;
};

/// Asks the program, or the cache while its file and the plugins' content are the same. Throws
/// IoError if it does not answer, ConfigError at the plugin's place if it cannot load that.
WorkerInfo worker_info(const std::string& program,
                       const std::string& cache_directory,
                       const std::vector<Plugin>& plugins = {});

}  // namespace qsweep
