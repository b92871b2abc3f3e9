#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/config/node.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

const Parameter* find_parameter(const std::vector<Parameter>& parameters, const std::string& name);

/// Throws a ConfigError at `place` unless the parameter may have this value. `owner` is whose
/// parameter it is: "'granularity' of 'uniform' must be ...".
void check_parameter(const Parameter& parameter,
                     const Json& value,
                     const std::string& owner,
                     const Place& place);

/// A parameter's value: from a scalar, or a format's from {exponent: E, mantissa: M}, which is
/// "eEmM".
Json read_parameter(const Node& value, const Parameter& parameter, const std::string& owner);

/// Checks a number of bits against what the quantizer can have; 32 stands for float. Where a format
/// tells the bits, `complete_quantizer` checks them.
void check_bits(const Catalog::Quantizer& quantizer, int64_t bits, const Place& place);

}  // namespace qsweep
