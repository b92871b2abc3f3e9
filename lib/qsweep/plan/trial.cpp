#include "qsweep/plan/trial.hpp"

namespace qsweep {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SiteGroup, quantizer, sites, rule)

bool scales_groups(const Json& quantizer) {
  return quantizer.value("granularity", "") == "per_group";
}

std::vector<std::string> quantizers_by_site(const std::vector<SiteGroup>& groups, size_t sites) {
  std::vector<std::string> names(sites);
  for (const SiteGroup& group : groups) {
    for (const int site : group.sites) {
      names.at(static_cast<size_t>(site)) = group.quantizer.at("quantizer").get<std::string>() +
                                            (scales_groups(group.quantizer) ? " per_group" : "");
    }
  }
  return names;
}

void to_json(Json& json, const TrialModel& model) {
  json = Json{{"zoo", model.zoo},
              {"script", model.script},
              {"weights", model.weights},
              {"parameters", model.parameters},
              {"size", model.size}};
}

void from_json(const Json& json, TrialModel& model) {
  json.at("zoo").get_to(model.zoo);
  json.at("script").get_to(model.script);
  json.at("weights").get_to(model.weights);
  json.at("parameters").get_to(model.parameters);
  json.at("size").get_to(model.size);
}

void to_json(Json& json, const Trial& trial) {
  json = Json{{"id", trial.id},
              {"float_trial", trial.float_trial},
              {"model", trial.model},
              {"settings", trial.settings},
              {"groups", trial.groups},
              {"calibrated_on_test", trial.calibrated_on_test},
              {"key", trial.key}};
}

void from_json(const Json& json, Trial& trial) {
  json.at("id").get_to(trial.id);
  json.at("float_trial").get_to(trial.float_trial);
  json.at("model").get_to(trial.model);
  json.at("settings").get_to(trial.settings);
  json.at("groups").get_to(trial.groups);
  json.at("calibrated_on_test").get_to(trial.calibrated_on_test);
  json.at("key").get_to(trial.key);
}

}  // namespace qsweep
