#pragma once

#include <string>

#include "command.hpp"

namespace qsweep::test {

/// Runs lines of a shell, up to the first that fails, where file systems can be mounted that nobody
/// else sees.
enum class Mounted { Cannot, Failed, Done };
Mounted run_mounting(const Workplace& place, const std::string& lines);

/// A line for that: qsweep, with its streams and its exit code in the files NAME.out, NAME.err and
/// NAME.code, whatever that code is.
std::string told(const Workplace& place,
                 const std::string& arguments,
                 const std::string& name,
                 const std::string& fake = "{}");

}  // namespace qsweep::test
