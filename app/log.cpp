#include "log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace qsweep {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Errors:
      return spdlog::level::err;
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      break;
  }
  return spdlog::level::info;
}

}  // namespace

void start_log(LogLevel level) {
  auto logger =
      std::make_shared<spdlog::logger>("qsweep", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%v");
  logger->set_level(spdlog_level(level));
  spdlog::set_default_logger(std::move(logger));
}

// The texts are no format strings: they quote files.
void log_error(const std::string& text) {
  spdlog::error("{}", text);
}
void log_warning(const std::string& text) {
  spdlog::warn("{}", text);
}
void log_info(const std::string& text) {
  spdlog::info("{}", text);
}
void log_debug(const std::string& text) {
  spdlog::debug("{}", text);
}

}  // namespace qsweep
