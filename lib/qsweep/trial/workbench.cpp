#include "qsweep/trial/workbench.hpp"

#include "qsweep/model/one_dnn.hpp"
#include "qsweep/plan/plan.hpp"

#include <torch/version.h>

#include <utility>

namespace qsweep {

Workbench::Workbench(Tables tables, Options options)
    : tables_(std::move(tables)),
      options_(std::move(options)),
      run_stages_(options_.run_directory + "/stages", options_.signals),
      kept_stages_(options_.cache_directory + "/pretrained", options_.signals) {}

const Dataset& Workbench::dataset(const Settings& settings) {
  const std::string key = Json{settings.data, settings.validation}.dump();
  const auto found = datasets_.find(key);
  if (found != datasets_.end()) {
    return found->second;
  }
  return datasets_
      .emplace(key,
               open_dataset(settings, options_.cache_directory, options_.threads, tables_.datasets))
      .first->second;
}

Json Workbench::platform() const {
  Json platform = {{"numerics", kNumericsVersion},
                   {"libtorch", TORCH_VERSION},
                   {"threads", options_.threads},
                   {"device", options_.device.str()}};
  if (!uses_one_dnn()) {
    platform["one_dnn"] = false;
  }
  return platform;
}

}  // namespace qsweep
