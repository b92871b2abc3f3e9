#pragma once

#include "qsweep/config/experiment.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// The names of quantizers and the short names, which stand for a quantizer with some of its
/// parameters.
std::vector<std::string> quantizer_names(const Catalog& catalog);

/// Reads a quantizer's name, short or not, into a field. Throws a ConfigError where no quantizer
/// has this name, or where it is not for this field ("weight", "output" or "input").
void read_quantizer_name(const Node& value,
                         const std::string& field,
                         const Catalog& catalog,
                         FieldRule& rule);

}  // namespace qsweep
