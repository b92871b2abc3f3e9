#pragma once

#include "qsweep/config/experiment.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A catalog by hand: two quantizers, two models, three data sets, a few layer types.
const Catalog& small_catalog();

/// A text as a file "x.yaml" of the folder where tests run.
Node parsed(const std::string& text);
Experiment experiment_of(const std::string& text);

/// The message that reading an experiment, and its settings, ends with; empty without an error.
std::string error_of(const std::string& text);

/// One line of a table of mistakes: the text and its whole message.
struct Mistake {
  std::string text;
  std::string message;
};
void check_all(const std::vector<Mistake>& mistakes);

}  // namespace qsweep
