#include "usage_error.hpp"

#include "qsweep/core/nearest_name.hpp"

#include <vector>

namespace qsweep {
namespace {

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

// CLI11 keeps the arguments that nothing takes, of unknown options the values, too.
std::string unexpected(const CLI::App& command, const std::string& see) {
  const std::vector<std::string> left = command.remaining();
  for (const std::string& argument : left) {
    if (argument.size() > 1 && argument[0] == '-') {
      const std::string option = argument.substr(0, argument.find('='));
      const auto nearest = nearest_name(option, options_of(command));
      return "unknown option '" + option + "'" +
             (nearest ? "; did you mean '" + *nearest + "'?" : see);
    }
  }
  return left.empty() ? "an argument too many" + see
                      : "unexpected argument '" + left.front() + "'" + see;
}

}  // namespace

std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  const CLI::App& command = parsed.empty() ? app : *parsed.front();
  const std::string name = parsed.empty() ? "" : " " + command.get_name();
  const std::string see = "; see `qsweep" + name + " --help`";
  return dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ? unexpected(command, see)
                                                                  : error.what() + see;
}

}  // namespace qsweep
