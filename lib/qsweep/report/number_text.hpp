#pragma once

#include <string>

namespace qsweep {

/// With so many digits after the point; "inf", "-inf" and "nan" for what has none, never "-0.00".
std::string fixed_text(double value, int digits);

/// A percentage: 2 digits.
std::string percent_text(double value);

/// A difference in points: 2 digits and always a sign, "+0.00" for none.
std::string change_text(double points);

/// With at most 4 digits after the point and no zeros at the end: 8, 4.25.
std::string short_text(double value);

/// With at most so many significant digits: 0.031, 1, 2.1e-07.
std::string significant_text(double value, int digits);

}  // namespace qsweep
