#pragma once

#include "qsweep/trial/stages.hpp"

#include <memory>
#include <set>
#include <string>

namespace qsweep {

/// The network that a trial left (`keep`), as it was when it was evaluated: the same bits.
struct KeptTrial {
  std::unique_ptr<Model> model;
  std::unique_ptr<Binding> binding;  // null for a float trial
  std::set<std::string> folded;      // tensors of its state that no layer reads any more
};

/// Throws IoError if the trial left no weights, or they cannot be read.
KeptTrial open_kept(const Stage& stage);

}  // namespace qsweep
