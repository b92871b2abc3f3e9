#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/quant/calibrator.hpp"

namespace qsweep {

// To add a calibrator: a file here that defines make_<name>(), and its line in the table.
std::unique_ptr<Calibrator> make_minmax();

const std::vector<CalibratorEntry>& calibrators() {
  static const std::vector<CalibratorEntry> table = {
      {{"minmax", "from the smallest to the largest value seen"}, make_minmax},
  };
  return table;
}

std::unique_ptr<Calibrator> make_calibrator(const std::string& name) {
  std::vector<std::string> names;
  for (const CalibratorEntry& entry : calibrators()) {
    if (entry.info.name == name) {
      return entry.make();
    }
    names.push_back(entry.info.name);
  }
  throw TrialError(unknown_name("calibrator", name, names));
}

}  // namespace qsweep
