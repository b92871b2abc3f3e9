#include "qsweep/report/calibration_note.hpp"

#include "qsweep/core/counted.hpp"

namespace qsweep {

std::string calibration_note(int64_t shared) {
  return shared == 0 ? ""
                     : "warning: ranges are calibrated on images that are evaluated: the training "
                       "and the evaluated split share " +
                           counted(shared, "image") + "\n";
}

}  // namespace qsweep
