#include "qsweep/core/nearest_name.hpp"
#include "qsweep/core/standard_streams.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "command.hpp"
#include "log.hpp"
#include "usage_error.hpp"

namespace qsweep {
namespace {

constexpr const char* kVersion =
    "qsweep " QSWEEP_VERSION " (LibTorch " QSWEEP_LIBTORCH "; " QSWEEP_BUILD ")";

// A message that has no place of its own in a file starts with the program's name.
void tell_error(const std::string& text) {
  const bool has_place = text.substr(0, text.find('\n')).find(": error: ") != std::string::npos;
  log_error(has_place ? text : "qsweep: error: " + text);
}

int exit_with(ExitCode code) {
  return static_cast<int>(code);
}

std::vector<std::string> command_names(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    names.push_back(command.app->get_name());
  }
  return names;
}

// `qsweep FILE.yaml` is `qsweep run FILE.yaml`. A word that is no file was meant as a command.
std::vector<std::string> with_command(std::vector<std::string> arguments,
                                      const std::vector<std::string>& names) {
  const std::string first = arguments.empty() ? "" : arguments.front();
  if (contains(names, first) || first.empty() || first == "--help" || first == "-h" ||
      first == "--version") {
    return arguments;
  }
  const bool is_word = first.find_first_of("-./") == std::string::npos;
  if (is_word && !std::filesystem::exists(first)) {
    throw ConfigError(unknown_name("command", first, names));
  }
  arguments.insert(arguments.begin(), "run");
  return arguments;
}

int run_command_line(std::vector<std::string> arguments) {
  CLI::App app("Runs matrices of models x quantization policies x bits, and reports them.",
               "qsweep");
  app.set_version_flag("--version", kVersion);
  app.set_help_flag("-h,--help", "print this help and exit");
  app.require_subcommand(0, 1);
  const std::vector<Command> commands{add_run_command(app),
                                      add_plan_command(app),
                                      add_inspect_command(app),
                                      add_list_command(app),
                                      add_status_command(app),
                                      add_show_command(app),
                                      add_export_command(app),
                                      add_report_command(app),
                                      add_compare_command(app),
                                      add_worker_command(app),
                                      add_man_command(app),
                                      add_completion_command(app)};
  app.footer("`qsweep FILE.yaml` is `qsweep run FILE.yaml`.");
  try {
    arguments = with_command(std::move(arguments), command_names(commands));
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    app.parse(std::move(arguments));
  } catch (const CLI::Success& wanted) {
    return app.exit(wanted);
  } catch (const CLI::ParseError& wrong) {
    tell_error(usage_error(app, wrong));
    return exit_with(ExitCode::Usage);
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) {
      return exit_with(command.act());
    }
  }
  std::cout << app.help();
  return exit_with(ExitCode::Usage);
}

// What was printed is whole, or the command has failed.
void check_output() {
  errno = 0;
  if (!std::cout.flush()) {
    const std::string reason = errno == 0 ? "" : ": " + system_reason();  // none for earlier parts
    throw WriteError("the standard output", "cannot be written" + reason);
  }
}

int run_and_report_errors(std::vector<std::string> arguments) {
  try {
    const int code = run_command_line(std::move(arguments));
    check_output();
    return code;
  } catch (const WriteError& error) {
    tell_error(std::string(error.what()) + "; the results so far are intact");
    return exit_with(ExitCode::CannotWrite);
  } catch (const TryAgain& error) {
    tell_error(error.what());
    return exit_with(ExitCode::Stopped);
  } catch (const Error& error) {
    tell_error(error.what());
    return exit_with(ExitCode::Usage);
  } catch (const std::system_error& error) {  // what a file system or a file says
    tell_error(error.what());
    return exit_with(ExitCode::Usage);
  } catch (const std::exception& error) {
    tell_error(std::string("a defect of qsweep: ") + error.what());
    return exit_with(ExitCode::Defect);
  }
}

}  // namespace
}  // namespace qsweep

int main(int argc, char** argv) {
  qsweep::open_standard_streams();
  std::signal(SIGCHLD, SIG_DFL);  // whoever ignores it leaves no exit codes of children
  qsweep::start_log(qsweep::LogLevel::Info);
  return qsweep::run_and_report_errors({argv + 1, argv + argc});
}
