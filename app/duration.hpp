#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace qsweep {

/// A length of time as options take it, and as `timeout` and `sleep` do: a number, decimals
/// allowed, and s, m, h or d behind it; seconds without. Nothing for any other text, for zero, and
/// for more than 10,000 days.
std::optional<std::chrono::milliseconds> duration_from(const std::string& text);

/// The same as a check of the command line: what is wrong with the text, else nothing.
std::string check_duration(const std::string& text);

/// Adds an option that takes such a text.
void add_duration(CLI::App& command,
                  const std::string& name,
                  std::chrono::milliseconds& value,
                  const std::string& about);

/// "45 s", "3 min", "2.5 h".
std::string duration_text(double seconds);

}  // namespace qsweep
