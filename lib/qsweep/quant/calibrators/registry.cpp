#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/quant/calibrator.hpp"

namespace qsweep {

// To add a calibrator: a file here that defines <name>_entry(), and its line in the table.
CalibratorEntry aciq_entry();
CalibratorEntry ema_entry();
CalibratorEntry entropy_entry();
CalibratorEntry mean_abs_entry();
CalibratorEntry minmax_entry();
CalibratorEntry mse_entry();
CalibratorEntry percentile_entry();
CalibratorEntry sigma_entry();

const std::vector<CalibratorEntry>& calibrators() {
  static const std::vector<CalibratorEntry> table = {
      minmax_entry(),
      ema_entry(),
      percentile_entry(),
      mse_entry(),
      entropy_entry(),
      aciq_entry(),
      mean_abs_entry(),
      sigma_entry(),
  };
  return table;
}

std::unique_ptr<Calibrator> make_calibrator(const Json& calibrate) {
  const std::string name = calibrate.is_string() ? calibrate.get<std::string>()
                                                 : calibrate.at("name").get<std::string>();
  std::vector<std::string> names;
  for (const CalibratorEntry& entry : calibrators()) {
    if (entry.info.name == name) {
      Json parameters = Json::object();
      for (const Parameter& parameter : entry.info.parameters) {
        parameters[parameter.name] = calibrate.is_string()
                                         ? parameter.default_value
                                         : calibrate.value(parameter.name, parameter.default_value);
      }
      return entry.make(parameters);
    }
    names.push_back(entry.info.name);
  }
  throw TrialError(unknown_name("calibrator", name, names));
}

}  // namespace qsweep
