#include "qsweep/core/error.hpp"
#include "qsweep/core/file_hash.hpp"
#include "qsweep/journal/run_meta.hpp"
#include "qsweep/tables/catalog_of.hpp"
#include "qsweep/tables/load_plugin.hpp"

#include "model_zoo/registry.hpp"
#include "worker.hpp"

namespace qsweep {

Tables tables_with(const std::vector<std::string>& plugins) {
  Tables tables{zoo::models()};
  for (const std::string& path : plugins) {
    load_plugin(path, tables);
  }
  return tables;
}

Tables tables_of_run(const std::string& run_directory) {
  Tables tables{zoo::models()};
  if (const auto meta = read_meta(run_directory)) {
    for (const Plugin& plugin : meta->plugins) {
      if (file_hash(plugin.path) != plugin.hash) {
        throw IoError(plugin.path,
                      "is not the build that this run was planned with; give the run's command "
                      "again, which plans anew");
      }
      load_plugin(plugin.path, tables);
    }
  }
  return tables;
}

void tell_catalog(const std::vector<std::string>& plugins) {
  Tables tables{zoo::models()};
  for (size_t i = 0; i < plugins.size(); ++i) {
    tell({{"loading", i}});
    try {
      tell({{"plugin", load_plugin(plugins[i], tables)}});
    } catch (const Error& error) {
      tell({{"error", error.what()}});
      return;
    }
  }
  tell(catalog_of(tables));
}

}  // namespace qsweep
