#pragma once

#include "qsweep/config/experiment.hpp"

#include <string>

namespace qsweep {

/// Where a field says something of a parameter, `bits`, `calibrate` or `quantizer`; where it does
/// not, the place of its quantizer's name, or of the field.
const Place& place_of(const FieldRule& field, const std::string& key);

/// The bits that a field gives its quantizer, which has these parameters. A ConfigError where it
/// cannot have them, or where it needs them and has none.
int bits_of(const FieldRule& field, const Catalog::Quantizer& quantizer, const Json& parameters);

/// A ConfigError at `calibrate` where the quantizer has no range.
void check_calibrate(const FieldRule& field,
                     const Catalog::Quantizer& quantizer,
                     const Json& parameters);

/// A ConfigError at a parameter for weights that an activation has at another value than
/// `defaults`.
void check_weights_only(const FieldRule& field,
                        const Catalog::Quantizer& quantizer,
                        const Json& defaults);

/// A ConfigError at a parameter that a rule gives and that the others leave without effect.
void check_effects(const FieldRule& field,
                   const Catalog::Quantizer& quantizer,
                   const Json& complete);

/// A ConfigError where a weight's parameters would leave it without negative values.
void check_weight_sign(const FieldRule& field,
                       const Catalog::Quantizer& quantizer,
                       const Json& complete);

/// A ConfigError where parameters, `bits` among them, make no sense together.
void check_sense(const FieldRule& field, const Catalog::Quantizer& quantizer, const Json& complete);

}  // namespace qsweep
