#include "qsweep/config/keep.hpp"

#include "qsweep/config/scalars.hpp"

namespace qsweep {

std::string read_keep(const Node& file) {
  const Node* keep = file.find("keep");
  return keep == nullptr ? "none" : read_choice(*keep, "keep", {"none", "best", "last"});
}

}  // namespace qsweep
