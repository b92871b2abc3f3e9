#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"

namespace qsweep {
namespace {

// The words that can follow are asked from the command line itself, so that they cannot differ.
struct Words {
  std::string command;
  std::string about;
  std::vector<std::string> options;
};

std::vector<Words> words_of(const CLI::App& app) {
  std::vector<Words> all;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    Words words{command->get_name(), command->get_description(), {}};
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        words.options.push_back("--" + name);
      }
      for (const std::string& name : option->get_snames()) {
        words.options.push_back("-" + name);
      }
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

std::string names_of(const std::vector<Words>& commands) {
  std::string text;
  for (const Words& words : commands) {
    text += (text.empty() ? "" : " ") + words.command;
  }
  return text;
}

std::string bash_script(const std::vector<Words>& commands) {
  std::string cases;
  for (const Words& words : commands) {
    cases += "    " + words.command + ") words='" + joined(words.options) + "' ;;\n";
  }
  return "# bash completion of qsweep; made by `qsweep completion bash`\n"
         "_qsweep() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} words=\n"
         "  if [[ $COMP_CWORD -eq 1 ]]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         names_of(commands) +
         " --help --version' -- \"$word\") $(compgen -f -X '!*.y?(a)ml' -- \"$word\")"
         " $(compgen -d -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "    *) words='--help' ;;\n"
         "  esac\n"
         "  if [[ $word == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -o filenames -F _qsweep qsweep\n";
}

std::string zsh_script(const std::vector<Words>& commands) {
  std::string described;
  std::string cases;
  for (const Words& words : commands) {
    described += "    '" + words.command + ":" + words.about + "'\n";
    cases += "    " + words.command + ") compadd -- " + joined(words.options) + " ;;\n";
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
         "  [[ $PREFIX == -* ]] || { _files; return }\n"
         "  case $words[2] in\n" +
         cases +
         "  esac\n"
         "}\n"
         "_qsweep \"$@\"\n";
}

std::string fish_script(const std::vector<Words>& commands) {
  std::string text = "# made by `qsweep completion fish`\n";
  for (const Words& words : commands) {
    text += "complete -c qsweep -n __fish_use_subcommand -a " + words.command + " -d '" +
            words.about + "'\n";
    for (const std::string& option : words.options) {
      const bool is_long = option.rfind("--", 0) == 0;
      text += "complete -c qsweep -n '__fish_seen_subcommand_from " + words.command + "' " +
              (is_long ? "-l " + option.substr(2) : "-s " + option.substr(1)) + "\n";
    }
  }
  return text;
}

ExitCode act(const CLI::App& app, const std::string& shell) {
  const std::vector<Words> commands = words_of(app);
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
