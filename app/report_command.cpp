#include "qsweep/report/render_pivot.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "gate_options.hpp"
#include "report_format.hpp"

namespace qsweep {
namespace {

struct ReportOptions {
  std::vector<std::string> runs;
  std::string format = "text";
  PivotRequest pivot;
  GateOptions gates;
};

// One side or a value asks for the table; the usual ones stand for what is left out.
std::string rendered(const ReportOptions& arguments, const std::vector<Results>& runs) {
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

// A run's gates, and what they compare with.
struct RunGates {
  std::vector<FrozenGate> gates;
  Baselines baselines;
};

// Read before anything is printed, so that mistakes are told at once.
std::vector<RunGates> read_gates(const std::vector<Results>& runs, const GateOptions& options) {
  std::vector<RunGates> all;
  for (const Results& run : runs) {
    RunGates own{options.gates(run.plan().rows, run.plan().variables), {}};
    own.baselines = baselines_of(own.gates);
    all.push_back(std::move(own));
  }
  return all;
}

ExitCode judge_all(const std::vector<Results>& runs, const std::vector<RunGates>& gates) {
  bool any_broken = false;
  bool any_unchecked = false;
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto outcomes = check_gates(gates[i].gates, runs[i], gates[i].baselines);
    const ExitCode judged = judge(outcomes, runs[i]);
    any_broken = any_broken || judged == ExitCode::GateFailed;
    any_unchecked = any_unchecked || judged == ExitCode::NothingToDo;
  }
  if (any_broken) {
    return ExitCode::GateFailed;
  }
  return any_unchecked ? ExitCode::NothingToDo : ExitCode::Ok;
}

ExitCode act(const ReportOptions& arguments) {
  arguments.gates.check();
  std::vector<Results> runs;
  for (const std::string& run : arguments.runs) {
    runs.push_back(load_results(run));
  }
  const std::vector<RunGates> gates = read_gates(runs, arguments.gates);
  std::cout << rendered(arguments, runs);
  std::cout.flush();
  return judge_all(runs, gates);
}

}  // namespace

Command add_report_command(CLI::App& app) {
  auto* command = app.add_subcommand("report", "tables from one or several runs");
  auto arguments = std::make_shared<ReportOptions>();
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
  command
      ->add_option(
          "--format", arguments->format, "text (the default), markdown, csv, json or latex")
      ->check(CLI::IsMember(kReportFormats));
  arguments->gates.add_to(*command);
  return {command, [arguments] { return act(*arguments); }};
}

}  // namespace qsweep
