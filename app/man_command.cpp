#include <iostream>
#include <string>
#include <vector>

#include "command.hpp"

namespace qsweep {
namespace {

// What begins with a dot or a quote would be a command of troff's.
std::string troff(const std::string& text) {
  std::string escaped = !text.empty() && (text[0] == '.' || text[0] == '\'') ? "\\&" : "";
  for (const char character : text) {
    if (character == '\\') {
      escaped += "\\e";
    } else if (character == '-') {
      escaped += "\\-";
    } else {
      escaped += character;
    }
  }
  return escaped;
}

std::string bold(const std::string& text) {
  return "\\fB" + troff(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return "\\fI" + troff(text) + "\\fR";
}

// A term and what it means.
std::string entry(const std::string& term, const std::string& meaning) {
  return ".TP\n" + term + "\n" + troff(meaning) + "\n";
}

std::string section(const std::string& name) {
  return ".SH " + name + "\n";
}

std::string paragraph(const std::string& text) {
  return ".PP\n" + troff(text) + "\n";
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

std::string value_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  // CLI11 adds what it checks: "TEXT:{a,b}", "INT:POSITIVE".
  const size_t colon = type.find(':');
  const bool is_own = type == "FILE:POLICY";
  return type.empty() ? "VALUE" : is_own ? type : type.substr(0, colon);
}

// "-o, --out DIR"
std::string term_of(const CLI::Option& option) {
  if (option.get_positional()) {
    return italic(value_of(option));
  }
  std::string term;
  for (const std::string& name : option.get_snames()) {
    term += (term.empty() ? "" : ", ") + bold("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    term += (term.empty() ? "" : ", ") + bold("--" + name);
  }
  return term + (takes_value(option) ? " " + italic(value_of(option)) : "");
}

std::string usage_of(const CLI::App& command) {
  std::string usage = bold("qsweep " + command.get_name());
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) {
      const bool many = option->get_items_expected_max() > 1;
      const std::string value = italic(value_of(*option)) + (many ? "..." : "");
      usage += option->get_required() ? " " + value : " [" + value + "]";
    }
  }
  return usage + " [" + italic("OPTION") + "]...";
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string synopsis(const CLI::App& app) {
  std::string text = section("SYNOPSIS") + bold("qsweep") + " " + italic("FILE.yaml") + " [" +
                     italic("OPTION") + "]...\n";
  for (const CLI::App* command : commands_of(app)) {
    text += ".br\n" + usage_of(*command) + "\n";
  }
  return text;
}

std::string commands(const CLI::App& app) {
  std::string text = section("COMMANDS");
  for (const CLI::App* command : commands_of(app)) {
    text += ".SS " + usage_of(*command) + "\n" + troff(command->get_description()) + "\n";
    for (const CLI::Option* option : command->get_options()) {
      text += entry(term_of(*option), option->get_description());
    }
  }
  return text;
}

// As in docs/command-line.md.
std::string exit_codes() {
  return section("EXIT STATUS") +
         entry("0", "Every selected trial has a result, and every gate holds.") +
         entry("1", "A trial failed.") +
         entry("2",
               "The command line or the experiment file is wrong, or does not fit the run; nothing "
               "ran.") +
         entry("3", "A gate does not hold; with compare, a row is worse.") +
         entry("4",
               "Nothing was selected, there is nothing to compare with, or a gate has nothing to "
               "check.") +
         entry("5", "A defect of qsweep.") +
         entry("74", "The disk is full or cannot be written; the results so far are intact.") +
         entry("75",
               "Stopped before the end and can go on: the budget is spent, another qsweep or a job "
               "runs this run, --detach or jobs that ended left trials, or HUP, USR1 or USR2 came. "
               "Run the same command again.") +
         entry("130, 143",
               "INT or TERM came. A second signal stops at once with 128 + its number.");
}

std::string environment() {
  return section("ENVIRONMENT") +
         entry(
             bold("QSWEEP_CACHE"),
             "Where decoded data, pretrained weights and answers of workers are kept; else qsweep "
             "in XDG_CACHE_HOME, else ~/.cache/qsweep.") +
         entry(bold("QSWEEP_WORKER"),
               "The worker's program; else ../libexec/qsweep/qsweep-worker from the command's "
               "folder.") +
         entry(bold("NO_COLOR"), "No colours on the terminal.");
}

std::string files() {
  return section("FILES") +
         entry(italic("results/NAME/results.csv"), "All rows of the plan, in its order.") +
         entry(italic("results/NAME/timings.csv"), "Seconds, memory and host of each trial.") +
         entry(italic("results/NAME/journal/*.jsonl"), "The truth: a line per result or failure.") +
         entry(italic("results/NAME/trials/ID/"),
               "The log of a trial, and what it left; while it trains its checkpoint.");
}

std::string man_page(const CLI::App& app) {
  return ".\\\" made by `qsweep man`\n.TH QSWEEP 1 \"\" \"qsweep " QSWEEP_VERSION "\"\n" +
         section("NAME") +
         "qsweep \\- how few bits a network can live with, as a matrix of trials\n" +
         synopsis(app) + section("DESCRIPTION") + troff(app.get_description()) + "\n" +
         paragraph(app.get_footer()) + commands(app) + exit_codes() + environment() + files();
}

}  // namespace

Command add_man_command(CLI::App& app) {
  auto* command = app.add_subcommand("man", "the manual page, for `man -l -`");
  return {command, [&app] {
            std::cout << man_page(app);
            return ExitCode::Ok;
          }};
}

}  // namespace qsweep
