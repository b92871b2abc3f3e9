#include "qsweep/config/experiment.hpp"

namespace qsweep {

std::string to_string(SiteKind kind) {
  switch (kind) {
    case SiteKind::Input:
      return "input";
    case SiteKind::Weight:
      return "weight";
    case SiteKind::Output:
      break;
  }
  return "output";
}

}  // namespace qsweep
