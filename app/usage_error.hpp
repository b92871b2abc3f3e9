#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace qsweep {

/// What is wrong with a command line that `app` did not take: of an unknown option the nearest,
/// else where its help is.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace qsweep
