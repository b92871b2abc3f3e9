#pragma once

#include "qsweep/config/settings.hpp"
#include "qsweep/core/json.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// Sites that get the same quantizer.
struct SiteGroup {
  Json quantizer;          // complete: {"quantizer": "uniform", "bits": 4, ...}
  std::vector<int> sites;  // numbers as in sites_of(), ascending
  std::string rule;        // "conv_linear:2" is the second rule of that policy
};

/// Has each group of a weight's neighbours a scale of its own?
bool scales_groups(const Json& quantizer);

/// By site the name of its quantizer, with " per_group" behind it where it scales groups; empty
/// where it stays in float.
std::vector<std::string> quantizers_by_site(const std::vector<SiteGroup>& groups, size_t sites);

/// The model of a trial.
struct TrialModel {
  std::string zoo;
  std::string script;
  std::string weights;
  Json parameters = Json::object();
  int size = 0;
};

/// Everything that a worker must know to compute one row's numbers. Immutable once planned.
struct Trial {
  std::string id;           // 16 hex digits of the identity
  std::string float_trial;  // the id of its float trial; its own for the float trial itself
  TrialModel model;
  Settings settings;               // mean, std are those that apply to this model
  std::vector<SiteGroup> groups;   // empty for the float trial
  int64_t calibrated_on_test = 0;  // evaluated images among those that calibration draws from
  Json key;                        // what was hashed into the identity, for `show`

  bool is_float() const { return id == float_trial; }
};

void to_json(Json& json, const TrialModel& model);
void from_json(const Json& json, TrialModel& model);
void to_json(Json& json, const Trial& trial);
void from_json(const Json& json, Trial& trial);

}  // namespace qsweep
