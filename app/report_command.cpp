#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "gate_options.hpp"
#include "report_format.hpp"

namespace qsweep {
namespace {

struct Arguments {
  std::vector<std::string> runs;
  std::string format = "text";
  GateOptions gates;
};

ExitCode judge_all(const std::vector<Results>& runs, const GateOptions& options) {
  bool any_broken = false;
  bool any_unchecked = false;
  for (const Results& run : runs) {
    const auto gates = options.gates(run.plan().rows, run.plan().variables);
    const ExitCode judged = judge(gates, run, baselines_of(gates));
    any_broken = any_broken || judged == ExitCode::GateFailed;
    any_unchecked = any_unchecked || judged == ExitCode::NothingToDo;
  }
  if (any_broken) {
    return ExitCode::GateFailed;
  }
  return any_unchecked ? ExitCode::NothingToDo : ExitCode::Ok;
}

ExitCode act(const Arguments& arguments) {
  std::vector<Results> runs;
  for (const std::string& run : arguments.runs) {
    runs.push_back(load_results(run));
  }
  std::cout << render(runs, kReportFormats.at(arguments.format));
  std::cout.flush();
  return judge_all(runs, arguments.gates);
}

}  // namespace

Command add_report_command(CLI::App& app) {
  auto* command = app.add_subcommand("report", "tables from one or several runs");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("runs", arguments->runs, "the runs' folders")->required()->type_name("RUN");
  command->add_option("--format", arguments->format, "text, markdown, csv, json or latex")
      ->check(CLI::IsMember(kReportFormats));
  arguments->gates.add_to(*command);
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
