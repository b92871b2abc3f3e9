#include "usage_error.hpp"

#include "qsweep/core/nearest_name.hpp"

#include <optional>
#include <sstream>
#include <vector>

namespace qsweep {
namespace {

void add_options(const CLI::App& command, std::vector<std::string>& names) {
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
}

// CLI11 keeps the arguments that nothing takes, of unknown options the values, too.
std::optional<std::string> unknown_option(const CLI::App& app,
                                          const CLI::App& command,
                                          const std::string& see) {
  std::vector<std::string> known;
  add_options(command, known);
  add_options(app, known);
  for (const std::string& argument : command.remaining()) {
    if (argument.size() > 1 && argument[0] == '-') {
      const std::string option = argument.substr(0, argument.find('='));
      const auto nearest = nearest_name(option, known);
      return "unknown option '" + option + "'" +
             (nearest ? "; did you mean '" + *nearest + "'?" : see);
    }
  }
  return std::nullopt;
}

std::string unexpected(const CLI::App& command, const std::string& see) {
  const std::vector<std::string> left = command.remaining();
  return left.empty() ? "an argument too many" + see
                      : "unexpected argument '" + left.front() + "'" + see;
}

// CLI11's own text for a value is "--progress: brr not in {auto,bar}".
std::string about_value(const std::string& text, const std::string& see) {
  const std::string between = " not in {";
  const size_t list = text.find(between);
  const size_t colon = text.find(": ");
  if (list == std::string::npos || colon == std::string::npos || text.back() != '}') {
    return text + see;
  }
  std::vector<std::string> known;
  std::istringstream names(
      text.substr(list + between.size(), text.size() - 1 - list - between.size()));
  for (std::string name; std::getline(names, name, ',');) {
    known.push_back(name);
  }
  return text.substr(0, colon + 2) +
         unknown_name("value", text.substr(colon + 2, list - colon - 2), known);
}

}  // namespace

std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  const CLI::App& command = parsed.empty() ? app : *parsed.front();
  const std::string name = parsed.empty() ? "" : " " + command.get_name();
  const std::string see = "; see `qsweep" + name + " --help`";
  // A mistyped option may be why something is missing.
  const bool misses = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const bool has_more = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (misses || has_more) {
    if (const auto unknown = unknown_option(app, command, see)) {
      return *unknown;
    }
  }
  return has_more ? unexpected(command, see) : about_value(error.what(), see);
}

}  // namespace qsweep
