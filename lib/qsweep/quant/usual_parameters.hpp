#pragma once

#include "qsweep/config/catalog.hpp"

#include <string>

namespace qsweep {

// Parameters that several quantizers have: one name, one meaning, the same choices.

/// `granularity`, per tensor or per channel; `about` says of what.
Parameter granularity_parameter(const std::string& about);

/// `ties`, of what is rounded to small floats.
Parameter ties_parameter();

/// `gradient_scale`, of a learned step; `about` is what it multiplies.
Parameter gradient_scale_parameter(const std::string& about);

/// `signed`, of powers of two.
Parameter power_sign_parameter();

}  // namespace qsweep
