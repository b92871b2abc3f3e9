#include "qsweep/report/render_pivot.hpp"

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
  PivotRequest pivot;
  GateOptions gates;
};

// One side or a value asks for the table; the usual ones stand for what is left out.
std::string rendered(const Arguments& arguments, const std::vector<Results>& runs) {
  const ReportFormat format = kReportFormats.at(arguments.format);
  PivotRequest request = arguments.pivot;
  if (request.rows.empty() && request.columns.empty() && request.values.empty()) {
    return render(runs, format);
  }
  if (request.rows.empty()) {
    request.rows = {"model", "policy"};
  }
  if (request.values.empty()) {
    request.values = {"top1"};
  }
  return render(make_pivot(arguments.runs, runs, request), format);
}

ExitCode judge_all(const std::vector<Results>& runs, const GateOptions& options) {
  bool any_broken = false;
  bool any_unchecked = false;
  for (const Results& run : runs) {
    const auto gates = options.gates(run.plan().rows, run.plan().variables);
    const ExitCode judged = judge(check_gates(gates, run, baselines_of(gates)), run);
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
  std::cout << rendered(arguments, runs);
  std::cout.flush();
  return judge_all(runs, arguments.gates);
}

}  // namespace

Command add_report_command(CLI::App& app) {
  auto* command = app.add_subcommand("report", "tables from one or several runs");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("runs", arguments->runs, "the runs' folders")->required()->type_name("RUN");
  const auto add_names =
      [&](const char* option, std::vector<std::string>& names, const char* about) {
        command->add_option(option, names, about)
            ->type_name("NAME,...")
            ->delimiter(',')
            ->take_all()
            ->allow_extra_args(false);
      };
  add_names("--rows", arguments->pivot.rows, "a table with a line per model,policy or other names");
  add_names("--columns", arguments->pivot.columns, "and a column per value of these names");
  add_names("--value", arguments->pivot.values, "what its cells show: top1,delta");
  command->add_option("--format", arguments->format, "text, markdown, csv, json or latex")
      ->check(CLI::IsMember(kReportFormats));
  arguments->gates.add_to(*command);
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
