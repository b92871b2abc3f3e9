#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "command.hpp"

namespace qsweep {
namespace {

// What can follow is asked from the command line itself, so that it cannot differ.
struct OptionWords {
  std::vector<std::string> names;   // "--format", "-o"; of a positional argument none
  std::vector<std::string> values;  // of which it takes one; empty: any
};

struct CommandWords {
  std::string command;
  std::string about;
  std::vector<OptionWords> options;
};

// "TEXT:{auto,bar}": what CLI11 says of an option that takes one of a few values.
std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t begin = type.find('{');
  const size_t end = type.find('}', begin);
  std::vector<std::string> values;
  if (begin != std::string::npos && end != std::string::npos) {
    std::istringstream listed(type.substr(begin + 1, end - begin - 1));
    for (std::string value; std::getline(listed, value, ',');) {
      values.push_back(value.substr(0, value.find("->")));
    }
  }
  return values;
}

OptionWords words_of(const CLI::Option& option) {
  OptionWords words{{}, values_of(option)};
  for (const std::string& name : option.get_lnames()) {
    words.names.push_back("--" + name);
  }
  for (const std::string& name : option.get_snames()) {
    words.names.push_back("-" + name);
  }
  return words;
}

std::vector<CommandWords> words_of(const CLI::App& app) {
  std::vector<CommandWords> all;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    CommandWords words{command->get_name(), command->get_description(), {}};
    for (const CLI::Option* option : command->get_options()) {
      words.options.push_back(words_of(*option));
    }
    all.push_back(std::move(words));
  }
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::string names_of(const std::vector<CommandWords>& commands) {
  std::vector<std::string> names;
  for (const CommandWords& words : commands) {
    names.push_back(words.command);
  }
  return joined(names);
}

std::string options_of(const CommandWords& words) {
  std::vector<std::string> names;
  for (const OptionWords& option : words.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return joined(names);
}

// The values of its positional argument.
std::string arguments_of(const CommandWords& words) {
  for (const OptionWords& option : words.options) {
    if (option.names.empty() && !option.values.empty()) {
      return joined(option.values);
    }
  }
  return "";
}

// `qsweep FILE.yaml` takes what `qsweep run` takes.
std::string pattern_of(const CommandWords& words) {
  return words.command == "run" ? "run|*.yaml|*.yml" : words.command;
}

// Lines of a `case "command option"` that call `offer` with the option's values.
std::string value_cases(const std::vector<CommandWords>& commands,
                        const std::string& offer,
                        const std::string& end) {
  std::string cases;
  for (const CommandWords& words : commands) {
    for (const OptionWords& option : words.options) {
      for (const std::string& name : option.names) {
        if (!option.values.empty()) {
          const std::string pattern = words.command + "\\ " + name;
          cases += "    " + pattern;
          cases += words.command == "run" ? "|*.yaml\\ " + name + "|*.yml\\ " + name : "";
          cases += ") " + offer + joined(option.values) + end + "\n";
        }
      }
    }
  }
  return cases;
}

std::string bash_script(const std::vector<CommandWords>& commands) {
  std::string cases;
  for (const CommandWords& words : commands) {
    cases += "    " + pattern_of(words) + ") words='" + options_of(words) + "' arguments='" +
             arguments_of(words) + "' ;;\n";
  }
  return "# bash completion of qsweep; made by `qsweep completion bash`\n"
         "_qsweep() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} words= arguments= values=\n"
         "  if [[ $COMP_CWORD -eq 1 ]]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         names_of(commands) +
         " --help --version' -- \"$word\") $(compgen -f -X '!*.y?(a)ml' -- \"$word\")"
         " $(compgen -d -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  case \"${COMP_WORDS[1]} ${COMP_WORDS[COMP_CWORD-1]}\" in\n" +
         value_cases(commands, "values='", "' ;;") +
         "  esac\n"
         "  if [[ -n $values ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$values\" -- \"$word\"))\n"
         "  elif [[ $word == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  elif [[ -n $arguments ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$arguments\" -- \"$word\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -o filenames -F _qsweep qsweep\n";
}

std::string zsh_script(const std::vector<CommandWords>& commands) {
  std::string described;
  std::string options;
  std::string arguments;
  for (const CommandWords& words : commands) {
    described += "    '" + words.command + ":" + words.about + "'\n";
    options += "    " + pattern_of(words) + ") compadd -- " + options_of(words) + " ;;\n";
    if (!arguments_of(words).empty()) {
      arguments += "    " + words.command + ") compadd -- " + arguments_of(words) + "; return ;;\n";
    }
  }
  return "#compdef qsweep\n"
         "# made by `qsweep completion zsh`\n"
         "_qsweep() {\n"
         "  local -a commands=(\n" +
         described +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe command commands\n"
         "    _files -g '*.y(a|)ml'\n"
         "    return\n"
         "  fi\n"
         "  case \"$words[2] $words[CURRENT-1]\" in\n" +
         value_cases(commands, "compadd -- ", "; return ;;") +
         "  esac\n"
         "  if [[ $PREFIX != -* ]]; then\n"
         "    case $words[2] in\n" +
         arguments +
         "    esac\n"
         "    _files\n"
         "    return\n"
         "  fi\n"
         "  case $words[2] in\n" +
         options +
         "  esac\n"
         "}\n"
         "_qsweep \"$@\"\n";
}

std::string fish_script(const std::vector<CommandWords>& commands) {
  std::string text = "# made by `qsweep completion fish`\n";
  for (const CommandWords& words : commands) {
    text += "complete -c qsweep -n __fish_use_subcommand -a " + words.command + " -d '" +
            words.about + "'\n";
    const std::string start =
        "complete -c qsweep -n '__fish_seen_subcommand_from " + words.command + "' ";
    if (!arguments_of(words).empty()) {
      text += start + "-x -a '" + arguments_of(words) + "'\n";
    }
    for (const OptionWords& option : words.options) {
      const std::string values =
          option.values.empty() ? "" : " -x -a '" + joined(option.values) + "'";
      for (const std::string& name : option.names) {
        const bool is_long = name.rfind("--", 0) == 0;
        text += start + (is_long ? "-l " + name.substr(2) : "-s " + name.substr(1)) + values + "\n";
      }
    }
  }
  return text;
}

ExitCode act(const CLI::App& app, const std::string& shell) {
  const std::vector<CommandWords> commands = words_of(app);
  if (shell == "bash") {
    std::cout << bash_script(commands);
  } else if (shell == "zsh") {
    std::cout << zsh_script(commands);
  } else {
    std::cout << fish_script(commands);
  }
  return ExitCode::Ok;
}

}  // namespace

Command add_completion_command(CLI::App& app) {
  auto* command = app.add_subcommand("completion", "the completion script of a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  return {command, [&app, shell] { return act(app, *shell); }};
}

}  // namespace qsweep
