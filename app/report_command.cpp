#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "report_format.hpp"

namespace qsweep {
namespace {

struct Arguments {
  std::vector<std::string> runs;
  std::string format = "text";
};

ExitCode act(const Arguments& arguments) {
  std::vector<Results> runs;
  for (const std::string& run : arguments.runs) {
    runs.push_back(load_results(run));
  }
  std::cout << render(runs, kReportFormats.at(arguments.format));
  return ExitCode::Ok;
}

}  // namespace

Command add_report_command(CLI::App& app) {
  auto* command = app.add_subcommand("report", "tables from one or several runs");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("runs", arguments->runs, "the runs' folders")->required()->type_name("RUN");
  command->add_option("--format", arguments->format, "text, markdown, csv, json or latex")
      ->check(CLI::IsMember(kReportFormats));
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
