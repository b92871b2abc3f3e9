#pragma once

#include <string>

namespace qsweep {

// What the command says beside its data, on standard error.

/// How much is said: from errors alone (-q) to everything (-v).
enum class LogLevel { Errors, Info, Debug };

void start_log(LogLevel level);
void log_error(const std::string& text);
void log_warning(const std::string& text);
void log_info(const std::string& text);
void log_debug(const std::string& text);

}  // namespace qsweep
